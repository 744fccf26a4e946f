import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { Feasibility } from './Feasibility';

const slot = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z' };
const later = { start: '2026-01-05T12:00:00Z', end: '2026-01-05T13:00:00Z' };
const REFUSED = { slot, occupation: slot, seats: [{ reason_counts: { capacity: 1 }, details: {} }], openings: [], alternatives: [later], candidates: [] };

it('offers the times at which there is room when there is none', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(REFUSED)));
  const choose = vi.fn();
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <Feasibility terms={{ definition_id: 'd', duration_minutes: 60, start: slot.start }} choose={choose} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  await screen.findByText('There is no room then');
  await userEvent.click(screen.getByRole('button'));
  expect(choose).toHaveBeenCalledWith(later.start);
  await expectAccessible(container);
});
