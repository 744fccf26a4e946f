import { MantineProvider } from '@mantine/core';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { ResourceTable } from './ResourceTable';
import type { ResourceList } from './useResourceList';
import { moved } from './rowKeys';

interface Row {
  id: string;
  version: number;
  name: string;
}

const list = (part: Partial<ResourceList<Row>>): ResourceList<Row> => ({
  rows: [],
  total: 0,
  totalIsExact: true,
  hasMore: false,
  loadMore: () => undefined,
  isLoadingMore: false,
  isStale: false,
  error: null,
  retry: () => undefined,
  ...part,
});

async function shown(part: Partial<ResourceList<Row>>, filtered = false) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => (
      <ResourceTable label="Things" list={list(part)} filtered={filtered} columns={[{ id: 'name', header: 'Name', cell: (row) => row.name, sort: 'created_at' }]} sort="-created_at" onSort={() => undefined} card={(row) => row.name} open={(row) => `/${row.id}`} empty="Nothing yet" />
    ),
  });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory() });
  await router.load();
  const { container } = render(
    <MantineProvider env="test">
      <RouterProvider router={router} />
    </MantineProvider>,
  );
  return container;
}

describe('a list', () => {
  it('makes rows only where they are seen, and tells how many there are', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ id: `t${index}`, version: 1, name: `Thing ${index}` }));
    const container = await shown({ rows, total: 10_000 });
    expect(await screen.findByText('10,000 of 10,000')).toBeInTheDocument();
    expect(container.querySelectorAll('[role="row"]').length).toBeLessThan(60);
    expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '10001');
    await expectAccessible(container);
  });

  it('says that there is nothing yet, or that nothing matches', async () => {
    await shown({});
    expect(await screen.findByText('Nothing yet')).toBeInTheDocument();
    cleanup();
    await shown({}, true);
    expect(await screen.findByText('Nothing matches the filters')).toBeInTheDocument();
  });

  it('says why it could not be loaded', async () => {
    await shown({ rows: undefined, error: new Error('No route to the database') });
    expect(await screen.findByText('No route to the database')).toBeInTheDocument();
  });
});

it('moves by keys within the list', () => {
  expect(['ArrowDown', 'ArrowUp', 'PageDown', 'Home', 'End', 'x'].map((key) => moved(key, 3, 20))).toEqual([4, 2, 13, 0, 19, null]);
});

it('keeps the focus on a row however far a key leads, and however fast they come', async () => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  const rows = Array.from({ length: 1_000 }, (_, index) => ({ id: `t${index}`, version: 1, name: `Thing ${index}` }));
  await shown({ rows, total: 1_000 });
  const active = () => document.activeElement as HTMLElement;
  (await screen.findAllByRole('row'))[1]?.focus();
  for (const key of ['End', 'PageUp', 'Home', 'PageDown', 'ArrowDown']) fireEvent.keyDown(active(), { key });
  expect(active()).toHaveAttribute('data-index', '11');
});
