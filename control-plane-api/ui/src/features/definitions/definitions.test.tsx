import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { api } from '../../api/client';
import { ApiError } from '../../api/problems';
import type { Schemas } from '../../api/types';
import { expectAccessible } from '../../test/accessible';
import { Changes } from './Changes';
import { DefinitionCard } from './definitionColumns';
import type { Definition } from './definitionWords';
import { FileDiffs } from './FileDiffs';
import { PoolDetail } from './PoolDetail';
import type { Pool } from './poolWords';
import { Shown } from './Proposal';
import { Upload } from './Upload';

const known = vi.hoisted(() => ({ url: {} as Record<string, unknown>, may: true, asked: [] as { label: string }[] }));
vi.mock('../../app/urlState', () => ({ oneOf: () => undefined, text: () => undefined, useUrlState: () => [known.url, () => undefined] }));
vi.mock('../../components/PageLink', () => ({ PageLink: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a> }));
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => () => undefined }));
vi.mock('../../actions/useAction', () => ({ useAction: () => (action: { label: string }) => known.asked.push(action), useAllowed: (actions: unknown[]) => (known.may ? actions : []) }));
// The editor needs a layout, which the test environment does not have.
vi.mock('./TextEditor', () => ({ TextEditor: ({ label, value }: { label: string; value: string }) => <textarea aria-label={label} value={value} readOnly /> }));
vi.mock('../../api/access', () => ({ useMay: () => () => known.may }));

const show = (what: ReactNode) =>
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>{what}</QueryClientProvider>
    </MantineProvider>,
  );

beforeEach(() => {
  known.may = true;
  known.asked = [];
  known.url = { diff: 'unified' };
  vi.restoreAllMocks();
});

const CHANGES: Schemas['ContentChange'][] = [{ what: 'node', name: 'r3', change: 'added', level: 'major', detail: '' }];
const FILES: Schemas['FileDiff'][] = [{ path: 'cml.yaml', lines: ['@@ -3,2 +3,2 @@', ' same', '-label: r2', '+label: r3'], cut: true }];

it('shows a changed line with what went, what came and that there is more', async () => {
  const { container } = show(<FileDiffs files={FILES} before="1.0.0" after="2.0.0" />);
  const rows = within(screen.getByRole('table', { name: 'Changes of cml.yaml' })).getAllByRole('row').map((row) => row.textContent);
  expect(rows.slice(1)).toEqual(['33same', '4−label: r2', '4+label: r3']);
  expect(screen.getByText('There is more than is shown here.')).toBeInTheDocument();
  await expectAccessible(container);
});

it('tells the level of each change in words', async () => {
  const { container } = show(<Changes changes={CHANGES} more={3} />);
  expect(screen.getAllByRole('row')[1]).toHaveTextContent('majornoder3added');
  expect(screen.getByText('and 3 more changes')).toBeInTheDocument();
  await expectAccessible(container);
});

const definition = { id: 'd', name: 'office', semantic_version: '1.0.0', status: 'ACTIVE', title: 'Office', form_qualified_name: 'Exam 1', node_count: 2, link_count: 1, sync: { status: 'none' }, created_at: '2026-01-05T09:00:00Z' } as Definition;
const proposed = { definition_id: 'd', name: 'office', current_version: '1.0.0', files: FILES, proposal: { content_hash: 'a'.repeat(64), semantic_version: '2.0.0', level: 'major', changes: CHANGES, more_changes: 0, proposed_at: '2026-01-05T09:00:00Z' } } as Schemas['ProposedVersion'];

it('lets an admin answer a proposal that is shown with its changes', async () => {
  const { container } = show(<Shown definition={definition} proposed={proposed} />);
  await userEvent.click(screen.getByRole('button', { name: 'Reject' }));
  expect(known.asked.map(({ label }) => label)).toEqual(['Reject']);
  await expectAccessible(container);
});

it('offers no answer to who may give none', () => {
  known.may = false;
  show(<Shown definition={definition} proposed={proposed} />);
  expect(screen.queryByRole('button', { name: 'Make it a version' })).toBeNull();
  expect(screen.getByText('An admin decides whether it becomes a version.')).toBeInTheDocument();
});

it('shows a version as a card', async () => {
  const { container } = show(<DefinitionCard row={definition} />);
  expect(screen.getByRole('link', { name: 'office 1.0.0' })).toHaveAttribute('href', '/definitions/d');
  await expectAccessible(container);
});

const pool = {
  pool: { id: 'p', definition_name: 'office', status: 'SUSPENDED', status_reason: '1 failure', status_changed_at: '2026-01-05T09:00:00Z', policy: { depth: 1, most: 5, follow_bookings: true, look_ahead_minutes: 60, max_age_hours: 24, failure_budget: 1, failure_window_minutes: 60 }, failures: [{ at: '2026-01-05T09:00:00Z', worker_id: 'w', prepared_lab_id: 'l', definition_version: '1.0.0', reason: 'import refused: disk full' }] },
  ready: 0, preparing: 0, claimed: 0, removing: 0, target: 0, expected_starts: 0, failures_counted: 1, labs: [], wanted_version: '1.0.0', wanted_definition_id: 'd',
  measures: { since: '2026-01-01T00:00:00Z', hits: 1, misses: 1, saved_seconds: 3, misses_by_reason: { none_ready: 1 } },
} as unknown as Pool;

it('shows why a pool is suspended, with the evidence', async () => {
  const { container } = show(<PoolDetail report={pool} />);
  expect(screen.getByText('import refused: disk full')).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Failure budget: 1 of 1 spent' })).toBeInTheDocument();
  expect(screen.getByText('1 × none ready')).toBeInTheDocument();
  await expectAccessible(container);
});

const PATIENT = { timeout: 8000 };
const refusal = new ApiError({ type: 'urn:lcm:problem:content-invalid', code: 'content-invalid', title: 'Unprocessable', status: 422, detail: 'It is not valid.', instance: '/', errors: [{ location: 'body', pointer: '#/topology_yaml/nodes/0/label', message: 'line 2: Field required' }] });
const analysis = { content_hash: 'h', title: 'Office', node_count: 2, link_count: 1, requirements: { cpu_cores: 1, memory_gb: 1, storage_gb: 1, nodes: 1, ports: 0 }, nested_virtualization: false, sufficient_licenses: [], port_requests: [], visible_devices: [], compared: null } as Schemas['AnalysedContent'];

async function given(text: string) {
  const { container } = show(<Upload />);
  await userEvent.type(await screen.findByLabelText(/Form-qualified name/, undefined, PATIENT), 'Exam 1');
  await userEvent.upload(container.querySelector('input[type=file]') as HTMLInputElement, new File([text], 'office.yaml'));
  return container;
}

it('checks what was chosen, tells problems by file, line and path, and checks again', async () => {
  const post = vi.spyOn(api, 'POST').mockRejectedValueOnce(refusal).mockResolvedValueOnce({ data: analysis } as never);
  await given('lab: {}\n- id: n0\n');
  const problem = await screen.findByText(/Line 2: Field required/, undefined, PATIENT);
  expect(problem).toHaveTextContent('/nodes/0/label');
  expect(screen.getByLabelText('Line 2')).toHaveTextContent('- id: n0');
  expect(screen.queryByRole('button', { name: /^Make it/ })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
  expect(await screen.findByRole('button', { name: 'Make it office 1.0.0' }, PATIENT)).toBeEnabled();
  expect(post.mock.calls.map((call) => call[0] as unknown)).toEqual(['/api/v1/lablet-definitions/analysis', '/api/v1/lablet-definitions/analysis']);
}, 30_000);

it('makes what was checked and nothing else', async () => {
  const post = vi.spyOn(api, 'POST').mockResolvedValueOnce({ data: analysis } as never).mockResolvedValueOnce({ data: definition } as never);
  const container = await given('lab: {}\n');
  const make = await screen.findByRole('button', { name: 'Make it office 1.0.0' }, PATIENT);
  await expectAccessible(container);
  await userEvent.click(make);
  await waitFor(() => expect(post).toHaveBeenCalledTimes(2));
  expect((post.mock.calls as unknown[][])[1]?.[1]).toMatchObject({ body: { name: 'office', semantic_version: '1.0.0', topology_yaml: 'lab: {}\n', replaces: null } });
}, 30_000);

it('has to be checked again when something was changed', async () => {
  vi.spyOn(api, 'POST').mockResolvedValueOnce({ data: analysis } as never);
  await given('lab: {}\n');
  await screen.findByRole('button', { name: 'Make it office 1.0.0' }, PATIENT);
  await userEvent.type(screen.getByLabelText(/^Name/), '-2');
  expect(screen.queryByRole('button', { name: /^Make it/ })).toBeNull();
  expect(screen.getByText('It has to be checked as it is now.')).toBeInTheDocument();
}, 30_000);

it('says why files are no package', async () => {
  const { container } = show(<Upload />);
  await userEvent.upload(container.querySelector('input[type=file]') as HTMLInputElement, [new File(['a'], 'one.yaml'), new File(['b'], 'two.yaml')]);
  expect(await screen.findByText(/There is no topology/, undefined, PATIENT)).toBeInTheDocument();
}, 30_000);
