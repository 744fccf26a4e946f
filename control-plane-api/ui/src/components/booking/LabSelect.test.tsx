import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { LabSelect } from './LabSelect';
import type { DefinitionRow } from './useDefinitions';

const asked = vi.hoisted(() => [] as (string | undefined)[]);
const lab = (id: string, name: string) => ({ id, name, semantic_version: '1.0.0' }) as DefinitionRow;
const ALL = [lab('n', 'Newest'), lab('o', 'Old campus')];

/** The API, whose first answer has the newest lab only. */
vi.mock('../../api/useApi', () => ({
  useApi: (_path: string, init: { params: { query: { search?: string } } }) => {
    const { search } = init.params.query;
    asked.push(search);
    const items = search === undefined ? ALL.slice(0, 1) : ALL.filter((row) => row.name.toLowerCase().includes(search));
    return { data: { items }, error: null, isFetching: false };
  },
}));

const show = (chosen?: DefinitionRow, onChange = vi.fn()) =>
  render(<MantineProvider env="test"><LabSelect chosen={chosen} onChange={onChange} /></MantineProvider>);

beforeEach(() => {
  asked.length = 0;
});

it('seeks what is typed among all labs, and chooses by id', async () => {
  const onChange = vi.fn();
  const { container } = show(undefined, onChange);
  await userEvent.type(screen.getByRole('combobox', { name: 'Lab' }), 'camp');
  await userEvent.click(await screen.findByRole('option', { name: 'Old campus 1.0.0' }));
  expect(onChange).toHaveBeenCalledExactlyOnceWith('o');
  expect(asked).toContain('camp');
  await expectAccessible(container);
});

it('offers the newest labs while the chosen one, which is not among them, stands in the field', async () => {
  show(ALL[1]);
  const field = screen.getByRole('combobox', { name: 'Lab' });
  expect(field).toHaveValue('Old campus 1.0.0');
  await userEvent.click(field);
  expect((await screen.findAllByRole('option')).map((each) => each.textContent)).toEqual(['Old campus 1.0.0', 'Newest 1.0.0']);
  expect(asked.every((search) => search === undefined)).toBe(true);
});

it('says that no lab is called so', async () => {
  show();
  await userEvent.type(screen.getByRole('combobox', { name: 'Lab' }), 'zebra');
  expect(await screen.findByText('No lab that can be booked is called so')).toBeInTheDocument();
});
