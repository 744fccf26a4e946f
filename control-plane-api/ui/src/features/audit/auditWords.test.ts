import { describe, expect, it } from 'vitest';
import { askedFor, entryText, exportUrl, KINDS, placeOfResource, thingText, valueText, whyText } from './auditWords';

describe('an entry of the audit in words', () => {
  it('tells every event of a commit', () => {
    const events = [{ type: 'cml_worker.draining.v1', data: {} }, { type: 'cml_worker.desired_status_changed.v1', data: {} }];
    expect(entryText({ outcome: 'changed', events })).toBe('Worker: draining; Worker: desired status changed');
  });

  it('tells what was tried and why it was refused', () => {
    expect(entryText({ outcome: 'refused', route: 'POST /api/v1/workers', code: 'access-denied' })).toBe('POST /api/v1/workers: access denied');
  });

  it('calls a thing by its name, and by the beginning of its id where it has none', () => {
    const resource_id = '0c5f7f0e-1111-4222-8333-444455556666';
    expect(thingText({ resource_name: 'metal-1', resource_id, resource_type: 'cml_worker' })).toBe('metal-1');
    expect(thingText({ resource_name: null, resource_id, resource_type: 'cml_worker' })).toBe('0c5f7f0e');
    expect(thingText({ resource_id: 'resource-scheduler', resource_type: 'reconciler' })).toBe('resource-scheduler');
    expect(thingText({})).toBe('–');
  });

  it('calls a notification after what it is about, and tells what it said', () => {
    const events = [{ type: 'notification.raised.v1', data: { subject: { kind: 'service', id: 's', name: 'worker-controller' }, text: 'It is not ready.' } }];
    expect([thingText({ resource_id: 'n', events }), whyText({ events }), whyText({ events, reason: 'asked for' })]).toEqual(['worker-controller', 'It is not ready.', 'asked for']);
  });

  it('leads to the thing, where it has a page', () => {
    expect(placeOfResource({ resource_type: 'lablet_session', resource_id: 'a' })).toBe('/sessions/a');
    expect(placeOfResource({ resource_type: 'maintenance', resource_id: 'a' })).toBeUndefined();
  });

  it('shows values of any kind', () => {
    expect([valueText(undefined), valueText('x'), valueText(null), valueText(3)]).toEqual(['–', 'x', 'null', '3']);
  });
});

describe('the filters', () => {
  it('know every kind once', () => {
    expect(KINDS).toContain('lablet_session');
    expect(new Set(KINDS).size).toBe(KINDS.length);
  });

  it('leave an id out that has no kind, as the API would refuse it', () => {
    expect(askedFor({ resource_id: 'a' }).resource_id).toBeUndefined();
    expect(askedFor({ resource_id: 'a', resource_type: 'cml_worker' }).resource_id).toBe('a');
  });

  it('are those of the export', () => {
    expect(exportUrl({ actor: 'ann lee', outcome: undefined }, 'csv')).toBe('/api/v1/audit/export?format=csv&actor=ann+lee');
  });
});
