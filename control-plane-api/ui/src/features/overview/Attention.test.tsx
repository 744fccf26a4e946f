import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { Attention } from './Attention';

const known = vi.hoisted(() => ({ rows: undefined as Map<string, unknown> | undefined, letters: {} as object }));
vi.mock('../../live/useLive', () => ({ useLiveRows: () => known.rows }));
vi.mock('../../api/access', () => ({ useMay: () => () => true }));
vi.mock('../../components/PageLink', () => ({ PageLink: ({ children }: { children: string }) => children }));
vi.mock('../../api/useApi', () => ({ useApi: () => known.letters }));

const show = () => render(<MantineProvider env="test"><Attention /></MantineProvider>);
const failed = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`w${index}`, { id: `w${index}`, name: `worker-${index}`, status: 'FAILED', drift: [], drain_overrun: false }]));
const nothing = () => screen.queryByText(/^Nothing\./);

beforeEach(() => {
  known.rows = new Map();
  known.letters = { data: { total: 0 }, error: null, isPending: false };
});

it('says that nothing waits when all is known', () => {
  show();
  expect(nothing()).toBeInTheDocument();
});

it('does not say so before the first snapshot', () => {
  known.rows = undefined;
  show();
  expect(nothing()).toBeNull();
  expect(screen.getByLabelText('Loading')).toBeInTheDocument();
});

it('tells that the dead letters could not be read', () => {
  known.letters = { data: undefined, error: new Error('Away.'), isPending: false };
  show();
  expect(nothing()).toBeNull();
  expect(screen.getByRole('alert')).toHaveTextContent('Away.');
});

it.each([0, 1, 12])('is as high with %i points: what stands below is not pushed by what comes', (count) => {
  known.rows = failed(count);
  show();
  expect(screen.getByRole('region', { name: 'What needs a person' })).toHaveStyle({ minHeight: '12rem', maxHeight: '12rem' });
});

it('shows many points in a part that is scrolled, and says how many there are', () => {
  known.rows = failed(12);
  show();
  expect(screen.getByRole('heading', { name: /^Needs a person: \d+/ })).toBeInTheDocument();
  expect(screen.getByRole('region', { name: 'What needs a person' })).toHaveTextContent('worker-11');
});
