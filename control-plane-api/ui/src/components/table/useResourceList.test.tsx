import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { api } from '../../api/client';
import { liveKey } from '../../live/store';
import { useResourceList } from './useResourceList';

it('is read again on events only while it is one page', async () => {
  const queries = new QueryClient();
  vi.spyOn(api, 'GET').mockImplementation(((_: string, { params }: { params: { query: { cursor?: string } } }) =>
    Promise.resolve({ data: { items: [{ id: params.query.cursor ?? 'first' }], next_cursor: params.query.cursor ? null : 'second' } })) as never);
  const { result } = renderHook(() => useResourceList({ path: '/api/v1/audit', filters: {}, rereadOn: ['cml_worker'] }), {
    wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>,
  });
  const kinds = () => queries.getQueryCache().find({ queryKey: ['/api/v1/audit'], exact: false })?.meta?.kinds;
  await waitFor(() => expect(result.current.rows).toHaveLength(1));
  expect(kinds()).toEqual(['cml_worker']);
  act(() => result.current.loadMore());
  await waitFor(() => expect(result.current.rows).toHaveLength(2));
  expect(kinds()).toEqual([]);
});

it('shows the newer of a fetched part and a live whole, and keeps parts out of the live rows', async () => {
  const queries = new QueryClient();
  const whole = (id: string, version: number) => ({ id, version, created_at: '2026-01-05T08:00:00Z', steps: [] });
  const live = new Map([whole('behind', 1), whole('ahead', 9)].map((row) => [row.id, row]));
  queries.setQueryData(liveKey('lablet_session'), live);
  const part = (id: string) => ({ id, version: 5, created_at: '2026-01-05T08:00:00Z' });
  const asked = vi.spyOn(api, 'GET').mockImplementation((() => Promise.resolve({ data: { items: [part('behind'), part('ahead')], next_cursor: null } })) as never);
  const source = { path: '/api/v1/lablet-sessions' as const, filters: { fields: 'id,version,created_at' }, kind: 'lablet_session', matches: () => true };
  const { result } = renderHook(() => useResourceList(source), {
    wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>,
  });
  await waitFor(() => expect(result.current.rows).toEqual([part('behind'), whole('ahead', 9)]));
  expect(asked).toHaveBeenCalledWith('/api/v1/lablet-sessions', expect.objectContaining({ params: expect.objectContaining({ query: expect.objectContaining({ fields: 'id,version,created_at' }) }) }));
  expect([...(queries.getQueryData<typeof live>(liveKey('lablet_session')) ?? [])]).toEqual([...live]);
});
