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

it('shows many points in a part that is scrolled, and says how many there are', () => {
  known.rows = new Map(Array.from({ length: 12 }, (_, index) => [`w${index}`, { id: `w${index}`, name: `worker-${index}`, status: 'FAILED', drift: [], drain_overrun: false }]));
  show();
  expect(screen.getByRole('heading', { name: /^Needs a person: \d+/ })).toBeInTheDocument();
  expect(screen.getByRole('region', { name: 'What needs a person' })).toHaveTextContent('worker-11');
});
