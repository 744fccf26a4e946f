import { beforeEach, expect, it, vi } from 'vitest';
import { type Reconciler, reconcilerActions, workText } from './Reconcilers';

const sent = vi.fn();
const reconciler = (part: Partial<Reconciler> = {}): Reconciler => ({ service: 'resource-scheduler', paused: false, leader: 'one', loops: [{ name: 'placement', waiting: 0, delayed: 0, in_flight: 0, failing: 0, paused: false }], ...part }) as Reconciler;
const offered = (part: Partial<Reconciler>) => reconcilerActions(reconciler(part)).filter((action) => !action.blocked).map((action) => action.label);

beforeEach(() => {
  sent.mockReset();
  vi.stubGlobal('fetch', async (request: Request) => {
    sent(request.url.replace(/^.*\/api/, '/api'), await request.json());
    return Response.json({});
  });
});

it('offers what can be done as it is now', () => {
  expect(offered({})).toEqual(['Pause', 'Look now', 'Hand over the lead']);
  expect(offered({ paused: true })).toEqual(['Resume', 'Look now', 'Hand over the lead']);
  expect(offered({ leader: null })).toEqual(['Pause', 'Look now']);
});

it('has everything looked at where nothing is named, and else that alone', async () => {
  const look = reconcilerActions(reconciler()).find((action) => action.label === 'Look now');
  const header = { 'idempotency-key': 'k' };
  await look?.send({ reason: 'why', switches: {}, texts: {} }, header);
  await look?.send({ reason: 'why', switches: {}, texts: { loop: 'placement', key: ' s-1 ' } }, header);
  expect(sent.mock.calls).toEqual([
    ['/api/v1/reconcilers/resource-scheduler/trigger', { reason: 'why' }],
    ['/api/v1/reconcilers/resource-scheduler/trigger', { reason: 'why', loop: 'placement', key: 's-1' }],
  ]);
});

it('tells what there is to do, and says so while nobody has counted it', () => {
  expect(workText(reconciler({ waiting: 2, delayed: 1, in_flight: 0, failing: 0 }))).toBe('2 wait, 1 wait for their time, 0 in work, 0 fail');
  expect(workText(reconciler({ waiting: null, delayed: null, in_flight: null, failing: null }))).toBe('What waits is known when an instance leads and has told.');
});
