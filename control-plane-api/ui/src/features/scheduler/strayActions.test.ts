import { describe, expect, it, vi } from 'vitest';
import { type Stray, strayActions, templateChoices } from './strayActions';

const post = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ api: { POST: post } }));

const stray = (more: Partial<Stray> = {}): Stray => ({ ec2_instance_id: 'i-1', region: 'us-east-1', kind: 'unknown', state: 'running', instance_type: 'm5zn.metal', template_name: 'metal', why_left: '', what_to_do: '', flagged_at: '2026-01-01T00:00:00Z', seen_at: '2026-01-01T00:00:00Z', ...more });
const template = (name: string, region = 'us-east-1', enabled = true) => ({ name, region, enabled });
const TEMPLATES = [template('large'), template('metal'), template('far', 'eu-west-1'), template('old', 'us-east-1', false)];
const blocked = (of: Stray, label: string, templates = TEMPLATES) => strayActions(of, templates).find((each) => each.label === label)?.blocked;
const decided = (verdict: 'terminate' | 'leave', with_labs = false) => ({ verdict, with_labs, by: 'ada', at: '2026-01-01T00:00:00Z', reason: 'old' });

describe('a stray', () => {
  it('is taken in with a template of its region that is in use, the one of its tag first', () => {
    expect(templateChoices(stray(), TEMPLATES).map((each) => each.value)).toEqual(['metal', 'large']);
    expect(blocked(stray(), 'Take it in', [])).toContain('us-east-1');
  });

  it('is not taken in while it is of another worker, on its way, or to be terminated', () => {
    expect(blocked(stray(), 'Take it in')).toBeUndefined();
    expect(blocked(stray({ kind: 'duplicate' }), 'Take it in')).toContain('another worker');
    expect(blocked(stray({ state: 'pending' }), 'Take it in')).toContain('pending');
    expect(blocked(stray({ decision: decided('terminate') }), 'Take it in')).toContain('take that back');
  });

  it('can be ended with its labs after it was to be ended without them', () => {
    expect(blocked(stray({ decision: decided('terminate') }), 'Terminate')).toBeUndefined();
    expect(blocked(stray({ decision: decided('terminate', true) }), 'Terminate')).toBeDefined();
  });

  it('has a decision to take back only when there is one', () => {
    const labels = (of: Stray) => strayActions(of, TEMPLATES).map((each) => each.label);
    expect(labels(stray())).toEqual(['Take it in', 'Terminate', 'Leave it as it is']);
    expect(labels(stray({ decision: decided('leave') }))).toContain('Take the decision back');
  });

  it('goes with its labs only where that was said', async () => {
    const action = strayActions(stray(), TEMPLATES).find((each) => each.label === 'Terminate');
    await action?.send({ reason: 'old', switches: {}, texts: {} }, { 'idempotency-key': 'k' });
    expect(post.mock.lastCall?.[1].body).toEqual({ reason: 'old', with_labs: false });
  });
});
