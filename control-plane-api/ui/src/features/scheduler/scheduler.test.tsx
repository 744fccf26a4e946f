import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { Again } from './Again';
import { DryRun } from './DryRun';
import type { Decision } from './decisionWords';
import { Rules } from './Rules';
import { Detail } from './ScalingDrawer';
import { Strays } from './Strays';
import { Verdicts } from './Verdicts';

const known = vi.hoisted(() => ({ answers: {} as Record<string, unknown>, may: true }));
vi.mock('../../api/access', () => ({ useMay: () => () => known.may }));
vi.mock('../../api/useApi', () => ({ useApi: (path: string) => ({ data: known.answers[path], error: null, refetch: vi.fn() }) }));

beforeEach(() => {
  known.answers = {};
  known.may = true;
});

async function shown(content: ReactNode) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({ getParentRoute: () => root, path: '/', component: () => content });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory() });
  await router.load();
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test">
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return container;
}

const DECISION = {
  id: 'd',
  session_id: 's',
  at: '2026-01-05T09:00:00Z',
  outcome: 'assign',
  worker_id: 'w-1',
  summary: '1/3 workers: 1 capacity, 1 status',
  engine_version: '4',
  reason_counts: { capacity: 1, status: 1 },
  candidates: [
    { worker_id: 'w-1', worker_name: 'one', eligible: true, score: 2.29, detail: '' },
    { worker_id: 'w-2', worker_name: 'two', eligible: false, reason_code: 'capacity', dimension: 'cpu_cores', needed: 44, free: 38, detail: '' },
    { worker_id: 'w-3', worker_name: 'three', eligible: false, reason_code: 'status', detail: 'is PENDING' },
  ],
} as Decision;
const SCORE = {
  worker_id: 'w-1',
  score: 2.29,
  shares: { cpu_cores: 0.92 },
  parts: [
    { reason: 'fullness', weight: 1, value: 0.29, points: 0.29 },
    { reason: 'promise', weight: 2, value: 1, points: 2 },
    { reason: 'busy', weight: 0.05, value: 0, points: 0 },
  ],
} as never;

describe('a decision', () => {
  it('tells of the chosen worker what its points are for, and of the others why not', async () => {
    const container = await shown(<Verdicts decision={DECISION} scores={[SCORE]} />);
    expect(screen.getByText('Holds the room since it was booked')).toBeInTheDocument();
    expect(screen.queryByText('Serves somebody already')).toBeNull();
    expect(screen.getByText('Needs 44 CPU cores, 38 free')).toBeInTheDocument();
    expect(screen.getByText('is PENDING')).toBeInTheDocument();
    await expectAccessible(container);
  });

  it('shows only those that were refused for one reason', async () => {
    await shown(<Verdicts decision={DECISION} scores={[]} />);
    await userEvent.click(screen.getByText('1 not in service'));
    expect(screen.getByText('three')).toBeInTheDocument();
    expect(screen.queryByText('one')).toBeNull();
  });

  it('tells which workers are judged otherwise today', async () => {
    const [, before] = DECISION.candidates ?? [];
    if (!before) throw new Error('there are three candidates');
    const after = { ...before, eligible: true, score: 1.5 };
    const again = { engine_version: '5', same: false, outcome: 'wait', worker_id: null, summary: '2/3 workers', otherwise: [{ worker_id: 'w-2', worker_name: 'two', before, after }] } as never;
    await shown(<Again again={again} decision={DECISION} />);
    expect(screen.getByRole('listitem')).toHaveTextContent('two Needs 44 CPU cores, 38 free → Fits, score 1.50');
  });

  it('says why it cannot be asked again', async () => {
    await shown(<Again again={null} decision={{ ...DECISION, engine_version: '1' }} />);
    expect(screen.getByText(/engine version 1 kept nothing/)).toBeInTheDocument();
  });
});

describe('a scaling decision', () => {
  it('tells what each guard answered and from which figures', async () => {
    const decision = {
      id: 'x',
      kind: 'scale_down',
      subject: 'w',
      at: '2026-01-05T09:00:00Z',
      last_seen_at: '2026-01-05T10:00:00Z',
      count: 3,
      taken: false,
      summary: 'It is too early',
      decided_by: 'idle',
      answers: [
        { name: 'enabled', passes: true, why: '' },
        { name: 'idle', passes: false, why: 'idle for 89 s of 1800 s' },
      ],
      inputs: { idle_seconds: 89, next_booking_at: null },
    } as never;
    const container = await shown(<Detail decision={decision} />);
    expect(screen.getByText('1 of 2 guards says no')).toBeInTheDocument();
    expect(screen.getByLabelText('says no')).toBeInTheDocument();
    expect(screen.getByText('89 s')).toBeInTheDocument();
    await expectAccessible(container);
  });

  it('shows nothing of strays while there is none', async () => {
    known.answers['/api/v1/stray-instances'] = [];
    await shown(<Strays />);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('tells of a stray what can be done', async () => {
    known.answers['/api/v1/stray-instances'] = [{ ec2_instance_id: 'i-1', region: 'eu-west-1', kind: 'leftover', state: 'running', flagged_at: '2026-01-05T09:00:00Z', seen_at: '2026-01-05T09:00:00Z', what_to_do: 'Terminate it' }];
    const container = await shown(<Strays />);
    expect(screen.getByText('Terminate it')).toBeInTheDocument();
    await expectAccessible(container);
  });
});

describe('the rules', () => {
  const rules = {
    engine_version: '4',
    filters: ['status', 'capacity'],
    weights: { fullness: 1, busy_bonus: 0.05, promise_bonus: 2, prepared_bonus: 0.5 },
    rules: [{ name: 'warm_workers', variable: 'X_WARM_WORKERS', value: 2, default: 0, description: 'Kept running.' }],
    slowest_starts_seconds: { small: 90 },
    clock_skew_seconds: -0.1,
  };
  const limits = { version: 0, policy: { max_workers_per_region: 20, booking_horizon_days: 365, booking_start_grace_seconds: 300, moves_to_make_room: 24, drain_look_ahead_seconds: 3600, least_lead_seconds: 60, least_teardown_seconds: 60, care: {}, host_loss: { action: 'hold', hold_seconds: 900 } } };

  it('tell what somebody changed, and how', async () => {
    known.answers = { '/api/v1/scheduler/policy': { leader: 'one', told_at: '2026-01-05T09:00:00Z', rules }, '/api/v1/system/settings': limits };
    const container = await shown(<Rules />);
    expect(screen.getByText('usually 0')).toBeInTheDocument();
    expect(screen.getByText('X_WARM_WORKERS')).toBeInTheDocument();
    expect(screen.getByText('0.10 s behind the server')).toBeInTheDocument();
    await expectAccessible(container);
  });

  it('are not known while nobody leads', async () => {
    known.may = false;
    known.answers = { '/api/v1/scheduler/policy': { leader: null, told_at: null, rules: null } };
    await shown(<Rules />);
    expect(screen.getByText(/No scheduler leads/)).toBeInTheDocument();
  });
});

it('asks for a lab and a time before it tells where a booking would land', async () => {
  known.answers['/api/v1/lablet-definitions'] = { items: [] };
  const container = await shown(<DryRun />);
  expect(screen.getByText(/Choose a lab and a time/)).toBeInTheDocument();
  await expectAccessible(container);
});
