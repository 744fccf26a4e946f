import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { SessionRow } from '../../api/types';
import { SessionLog } from './SessionLog';

const read = vi.hoisted(() => vi.fn());
vi.mock('../../api/useApi', () => ({ read, useApi: () => ({}) }));
vi.mock('../../api/access', () => ({ useMay: () => () => false }));
vi.mock('../../app/urlState', () => ({ text: () => undefined, useUrlState: () => [{}, () => undefined] }));

const PATIENT = { timeout: 4000 };
const commit = (version: number) => ({ version, stream: 's', hash: 'abc', events: [], metadata: { at: '2026-01-05T09:00:00Z', actor: 'ann' } });

it('tells that a later part could not be read, and follows again when it is asked to', async () => {
  read.mockResolvedValueOnce([commit(1)]).mockRejectedValueOnce(new Error('Away.')).mockResolvedValueOnce([commit(2)]);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <SessionLog session={{ id: 's', version: 2 } as SessionRow} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  expect(await screen.findByText(/Not up to date: Away./, undefined, PATIENT)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('2 commits', undefined, PATIENT)).toBeInTheDocument();
  expect(screen.queryByText(/Not up to date/)).toBeNull();
});
