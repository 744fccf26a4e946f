import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderHook, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { api } from '../../api/client';
import { useNewestDecision } from './useNewestDecision';

it('asks for the verdicts, which a list leaves out by itself', async () => {
  const asked = vi.spyOn(api, 'GET').mockImplementation((() => Promise.resolve({ data: { items: [], next_cursor: null } })) as never);
  const { result } = renderHook(() => useNewestDecision({ session_id: 's', to: '2026-01-05T08:00:00Z' }), {
    wrapper: ({ children }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>,
  });
  await waitFor(() => expect(result.current.data).toBeDefined());
  const query = { session_id: 's', to: '2026-01-05T08:00:00Z', limit: 1, fields: 'id,at,summary,candidates' };
  expect(asked).toHaveBeenCalledWith('/api/v1/scheduler/decisions', expect.objectContaining({ params: { query } }));
});
