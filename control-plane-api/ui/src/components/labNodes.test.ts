import { expect, it } from 'vitest';
import { bootedText, downText, type LabNode, nodesDown, nodeWords } from './labNodes';

const node = (label: string, state: string): LabNode => ({ label, state, converged: state === 'BOOTED', since: '2030-01-01T00:00:00Z' });
const session = (status: string, ...nodes: LabNode[]) => ({ status, lab_nodes: nodes, recovery: null }) as never;

it.each([
  ['BOOTED', 'READY', 'booted', 'good'],
  ['STARTED', 'INSTANTIATING', 'booting', 'moving'],
  ['QUEUED', 'INSTANTIATING', 'queued to boot', 'waiting'],
  ['DEFINED_ON_CORE', 'INSTANTIATING', 'not started', 'resting'],
  ['STOPPED', 'RUNNING', 'stopped', 'bad'],
  ['DISCONNECTED', 'RUNNING', 'disconnected', 'bad'],
  ['SOMETHING_NEW', 'RUNNING', 'something new', 'waiting'],
])('says that a node that is %s while %s is %s', (state, status, words, tone) => {
  expect(nodeWords(node('r1', state), session(status))).toEqual({ state: words, tone });
});

it('says of a node that CML calls booted before it has converged that it has not', () => {
  expect(nodeWords({ ...node('r1', 'BOOTED'), converged: false }, session('RUNNING')).state).toBe('booted, not converged');
});

it('misses nodes only while the learner is to have them', () => {
  const stopped = node('r1', 'STOPPED');
  expect(nodesDown(session('RUNNING', stopped, node('r2', 'BOOTED')))).toEqual([stopped]);
  expect(nodesDown(session('INSTANTIATING', stopped))).toEqual([]);
  expect(nodesDown({ status: 'RUNNING', lab_nodes: [stopped], recovery: { reason: 'host lost' } } as never)).toEqual([]);
});

it.each([
  [[], undefined],
  [['r1'], 'r1 is stopped'],
  [['r1', 'r2'], 'r1 and r2 are not up'],
  [['r1', 'r2', 'r3', 'r4', 'r5'], 'r1, r2, r3 and 2 more nodes are not up'],
])('names those that are missing (%#)', (labels, words) => {
  expect(downText(session('RUNNING', ...labels.map((label) => node(label, 'STOPPED'))))).toBe(words);
});

it('counts those that have booted', () => {
  expect(bootedText([node('r1', 'BOOTED'), node('r2', 'QUEUED')])).toBe('1 of 2 nodes have booted');
  expect(bootedText([])).toBeUndefined();
});
