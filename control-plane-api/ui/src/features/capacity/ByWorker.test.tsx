import { MantineProvider } from '@mantine/core';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { ByWorker } from './ByWorker';
import { figuresAt } from './capacity';

const WORKERS = Array.from({ length: 1000 }, (_, index) => ({ id: `w${index}`, name: `worker-${index + 1}`, status: index % 2 === 0 ? 'RUNNING' : 'STOPPED', declared: { cpu_cores: index }, cost_per_hour_usd: 1 })) as never[];
const at = figuresAt(0);

// The list makes the rows that fit into its height, which jsdom does not know.
beforeEach(() => void vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600));
afterEach(() => vi.restoreAllMocks());

async function show(address: string) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({ getParentRoute: () => root, path: '/capacity', component: () => <ByWorker workers={WORKERS} figuresAt={at} /> });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory({ initialEntries: [address] }) });
  await router.load();
  const { container } = render(
    <MantineProvider env="test">
      <RouterProvider router={router} />
    </MantineProvider>,
  );
  await screen.findAllByRole('link');
  return { container, router };
}

const names = () => screen.getAllByRole('row').slice(1).map((row) => within(row).getByRole('link').textContent);

it('makes rows of a thousand workers only where they are seen', async () => {
  const { container } = await show('/capacity');
  expect(screen.getByRole('status')).toHaveTextContent('1,000 of 1,000');
  expect(names().length).toBeLessThan(60);
  expect(names().slice(0, 3)).toEqual(['worker-1', 'worker-2', 'worker-3']);
  await expectAccessible(container);
});

it('is as its address says, and says in its address how it is', async () => {
  const { router } = await show('/capacity?status=RUNNING&sort=-declared');
  expect(names()[0]).toBe('worker-999');
  expect(screen.getByRole('status')).toHaveTextContent('500 of 500');
  await userEvent.click(screen.getByRole('button', { name: 'Declared' }));
  expect(router.state.location.search).toMatchObject({ status: 'RUNNING', sort: 'declared' });
  expect(names()[0]).toBe('worker-1');
});
