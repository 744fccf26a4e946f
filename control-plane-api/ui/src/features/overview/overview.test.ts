import { describe, expect, it } from 'vitest';
import { aheadOf } from './aheadOf';
import { attentionOf } from './attentionOf';

const session = (part: object) => ({ id: 's', definition_name: 'Lab', candidate: { username: 'ann' }, status: 'READY', steps: [], ...part }) as never;
const worker = (part: object) => ({ id: 'w', name: 'worker-1', status: 'RUNNING', drift: [], ...part }) as never;

describe('what needs a person', () => {
  it('is nothing while all is well', () => {
    expect(attentionOf([session({})], [worker({})], 0)).toEqual([]);
  });

  it('has promises at risk before what can wait', () => {
    const points = attentionOf([session({ promise_risk: { reason: 'its worker is late' } })], [worker({ drift: [{ what: 'memory', declared: '64', measured: '32' }] })], 2);
    expect(points.map((point) => point.grave)).toEqual([true, false, false]);
    expect(points[0]?.why).toContain('its worker is late');
    expect(points[2]?.what).toBe('Dead letters');
    expect(points[2]?.to).toBe('/dead-letters');
  });

  it('has a node that stands still while the learner works', () => {
    const nodes = [{ label: 'r1', state: 'BOOTED' }, { label: 'r3', state: 'STOPPED' }];
    expect(attentionOf([session({ status: 'RUNNING', lab_nodes: nodes })], [], 0).map((point) => point.why)).toEqual(['not every node of its lab is up: r3 is stopped']);
    expect(attentionOf([session({ status: 'INSTANTIATING', lab_nodes: nodes })], [], 0)).toEqual([]);
  });

  it('has a step that failed, not one that failed and went on', () => {
    const failed = { step: 'import', status: 'failed', error: 'no answer' };
    expect(attentionOf([session({ steps: [failed] })], [], 0)).toHaveLength(1);
    expect(attentionOf([session({ steps: [failed, { step: 'start', status: 'running' }] })], [], 0)).toEqual([]);
  });
});

describe('the next hours', () => {
  const hour = (start: string, sessions: number, unpromised = 0) => ({ start, sessions, unpromised_sessions: unpromised, workers_booked: 1, booked: { cpu_cores: sessions * 4 } });
  const supply = [
    { supply: 'up', workers: 1, capacity: { cpu_cores: 48 } },
    { supply: 'asleep', workers: 1, capacity: { cpu_cores: 48 } },
  ];

  it('count what is up or coming as there, and name the fullest hour', () => {
    const { points, summary } = aheadOf({ at: '', hours: [hour('2026-01-05T08:00:00Z', 1), hour('2026-01-05T09:00:00Z', 3, 1)], supply } as never);
    expect(points[1]).toMatchObject({ Booked: 12, There: 48 });
    expect(summary.map(({ text }) => text).join('')).toContain('3 sessions on 1 worker. 1 session without room yet.');
  });

  it('lead to the bookings of the fullest day, and to who waits for room', () => {
    const { summary } = aheadOf({ at: '', hours: [hour('2026-01-05T12:00:00Z', 3, 1)], supply } as never);
    expect(summary.flatMap(({ to, search }) => (to ? [[to, search?.view, search?.day]] : []))).toEqual([
      ['/reservations', 'calendar', '2026-01-05'],
      ['/reservations', 'timeline', '2026-01-05'],
      ['/scheduler', undefined, undefined],
    ]);
  });

  it('say that nothing is booked', () => {
    const { summary, isEmpty } = aheadOf({ at: '', hours: [hour('2026-01-05T08:00:00Z', 0)], supply } as never);
    expect(summary).toEqual([{ text: 'Nothing is booked.' }]);
    expect(isEmpty).toBe(false);
  });

  it('are empty where nothing is booked and nothing could be', () => {
    expect(aheadOf({ at: '', hours: [hour('2026-01-05T08:00:00Z', 0)], supply: [] } as never).isEmpty).toBe(true);
    expect(aheadOf({ at: '', hours: [hour('2026-01-05T08:00:00Z', 1)], supply: [] } as never).isEmpty).toBe(false);
  });
});
