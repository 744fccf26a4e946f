export const amount = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en'));
export const dollars = (value: number) => value.toLocaleString('en', { style: 'currency', currency: 'USD' });
