import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { templateActions } from './templateActions';
import { TemplateForm } from './TemplateForm';
import TemplatesPage from './TemplatesPage';
import type { Template, Version } from './templateWords';
import { VersionText } from './Versions';

const TEMPLATE = {
  id: 't',
  version: 3,
  name: 'metal',
  description: '',
  region: 'eu-west-1',
  instance_type: 'm5zn.metal',
  license_type: 'ENTERPRISE',
  cost_per_hour_usd: 5.1,
  capacity: { cpu_cores: 48, memory_gb: 192, storage_gb: 1000, nodes: 320, ports: 8000 },
  port_range: { first: 2000, last: 9999 },
  ami: { name_pattern: 'CML-*' },
  startup_seconds: 900,
  drain_timeout_seconds: 14_400,
  enabled: true,
  source_digest: 'abc',
  edited_since_source: false,
  provisioning: { purchase: { option: 'ON_DEMAND', on_demand_fallback: true }, volume: { type: 'gp3', encrypted: true } },
  warnings: [],
} as unknown as Template;
const sent = vi.fn();
const known = vi.hoisted(() => ({ templates: [] as unknown[], may: true }));
vi.mock('../../api/access', () => ({ useMay: () => () => known.may }));
vi.mock('../../api/useApi', () => ({ useApi: () => ({ data: known.templates, error: null }) }));
vi.mock('../../live/useLive', () => ({ useLiveRows: () => new Map([['w', { template_name: 'metal', status: 'RUNNING' }]]) }));

beforeEach(() => {
  sent.mockReset();
  vi.stubGlobal('fetch', async (request: Request) => {
    sent(request.method, request.url.replace(/^.*\/api/, '/api'), request.headers.get('if-match'), await request.json());
    return Response.json({ ...TEMPLATE, version: 4 });
  });
});

async function shown(content: ReactNode) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({ getParentRoute: () => root, path: '/', component: () => content });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory() });
  await router.load();
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test">
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  ).container;
}

const LARGE_FORM_MS = 20_000;
const press = (label: string) => fireEvent.click(screen.getByText(label));

it('makes a version of the one that was seen, with all that was not touched', { timeout: LARGE_FORM_MS }, async () => {
  const close = vi.fn();
  await shown(<TemplateForm template={TEMPLATE} close={close} />);
  fireEvent.change(screen.getByLabelText(/Cost per hour/), { target: { value: '6.5' } });
  press('Make the version');
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
  expect(sent).toHaveBeenCalledWith('PUT', '/api/v1/worker-templates/t', '"3"', expect.objectContaining({ name: 'metal', cost_per_hour_usd: 6.5, enabled: true, capacity: TEMPLATE.capacity }));
});

it('sends nothing that cannot be right', { timeout: LARGE_FORM_MS }, async () => {
  await shown(<TemplateForm close={() => undefined} />);
  press('Make the template');
  expect(await screen.findByText('Where its workers are')).toBeInTheDocument();
  expect(sent).not.toHaveBeenCalled();
});

it('has a form that everybody can use', { timeout: LARGE_FORM_MS }, async () => {
  await shown(<TemplateForm template={TEMPLATE} close={() => undefined} />);
  await expectAccessible(screen.getByRole('dialog'));
});

it('tells what a version changed', async () => {
  const version = (number: number, template: Template, changed: string[]): Version => ({ version: number, at: '2026-01-05T09:00:00Z', by: 'ada', changed, template });
  const container = await shown(<VersionText version={version(3, { ...TEMPLATE, startup_seconds: 600 }, ['startup_seconds'])} before={version(2, TEMPLATE, [])} />);
  expect(screen.getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['Time to start', '15 min', '10 min']);
  await expectAccessible(container);
});

it('retires one that is in use, and takes a retired one into use', () => {
  const offered = (enabled: boolean) => templateActions({ ...TEMPLATE, enabled }).filter((action) => !action.blocked).map((action) => action.label);
  expect([offered(true), offered(false)]).toEqual([['Retire'], ['Take into use again']]);
});

it('retires by a new version that says the same but for that', async () => {
  const [retire] = templateActions(TEMPLATE);
  await retire?.send({ reason: '', switches: {}, texts: {} }, { 'idempotency-key': 'k', 'if-match': '"3"' });
  expect(sent).toHaveBeenCalledWith('PUT', '/api/v1/worker-templates/t', '"3"', expect.objectContaining({ enabled: false, instance_type: 'm5zn.metal' }));
});

it('lists templates with their cost and how many workers there are of each', async () => {
  known.templates = [TEMPLATE];
  known.may = false;
  const container = await shown(<TemplatesPage />);
  expect(screen.getByText('$5.10 an hour')).toBeInTheDocument();
  expect(screen.getByText('1 worker')).toBeInTheDocument();
  expect(screen.queryByText('New template')).toBeNull();
  await expectAccessible(container);
});

it('says what a fleet without templates cannot do', async () => {
  known.templates = [];
  await shown(<TemplatesPage />);
  expect(screen.getByText('There is no template yet')).toBeInTheDocument();
});
