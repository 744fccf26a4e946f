import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { api } from '../../api/client';
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
