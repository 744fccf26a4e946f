import { expect, it } from 'vitest';
import type { SessionRow } from '../../api/types';
import { labState, nodeMarks } from './nodeMarks';

const session = (part: Partial<SessionRow>) => ({ status: 'INSTANTIATING', steps: [], allocated_ports: [], ...part }) as unknown as SessionRow;
const steps = (...statuses: [string, string][]) => statuses.map(([step, status]) => ({ pipeline: 'instantiate', step, status })) as unknown as SessionRow['steps'];

it.each([
  [session({ status: 'SCHEDULED' }), 'not imported yet'],
  [session({ cml_lab_id: 'l' }), 'imported'],
  [session({ cml_lab_id: 'l', steps: steps(['start_lab', 'completed']) }), 'booting'],
  [session({ cml_lab_id: 'l', steps: steps(['start_lab', 'completed'], ['converge', 'running']) }), 'booting'],
  [session({ cml_lab_id: 'l', status: 'RUNNING', steps: steps(['converge', 'completed']) }), 'booted'],
  [session({ cml_lab_id: 'l', steps: steps(['converge', 'skipped']) }), 'started, not waited for'],
  [session({ cml_lab_id: 'l', steps: steps(['converge', 'failed']) }), 'did not start'],
  [session({ cml_lab_id: 'l', status: 'STOPPING', steps: steps(['converge', 'completed']) }), 'being taken down'],
  [session({ cml_lab_id: 'l', status: 'ARCHIVED', lab_gone: true }), 'removed'],
  [session({ status: 'TERMINATED' }), 'never imported'],
])('knows how the lab stands (%#)', (row, state) => {
  expect(labState(row).state).toBe(state);
});

it('tells of each node its ports and how it is reached', () => {
  const row = session({ allocated_ports: [{ node_label: 'r1', protocol: 'serial', inner: 0, outer: 5001 }] });
  const marks = nodeMarks(row, [{ name: 'r1', protocol: 'telnet', host: '10.0.0.1', port: 5001, uri: '', username: '' }], ['r1', 'r2']);
  expect(marks.get('r1')?.facts).toEqual([['serial line 0', 'port 5001'], ['learner, telnet', '10.0.0.1:5001']]);
  expect(marks.get('r2')?.facts).toEqual([]);
});

const node = (label: string, state: string) => ({ label, state, converged: state === 'BOOTED', since: '2030-01-01T00:00:00Z' });

it('tells of each node its own state', () => {
  const row = session({ status: 'RUNNING', cml_lab_id: 'l', steps: steps(['converge', 'completed']), lab_nodes: [node('r1', 'BOOTED'), node('r2', 'STOPPED')] });
  const marks = nodeMarks(row, [], ['r1', 'r2', 'r3']);
  expect([...marks].map(([label, { state, tone }]) => [label, state, tone])).toEqual([['r1', 'booted', 'good'], ['r2', 'stopped', 'bad'], ['r3', 'not in the lab', 'bad']]);
  expect(marks.get('r2')?.since).toBe('2030-01-01T00:00:00Z');
});

it('tells of a node that is taken down how it was last seen', () => {
  const row = session({ status: 'TERMINATED', cml_lab_id: 'l', lab_gone: true, lab_nodes: [node('r1', 'QUEUED')] });
  expect(nodeMarks(row, [], ['r1']).get('r1')).toMatchObject({ state: 'removed', facts: [['last seen', 'queued to boot']] });
});
