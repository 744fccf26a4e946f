import type { Schemas, SessionRow } from '../../api/types';
import type { Tone } from '../../app/theme';
import type { Marks, NodeMark } from '../../components/topology/nodeMark';

type Device = Schemas['DeviceAccess'];
const AFTER: readonly SessionRow['status'][] = ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED'];

/**
 * How the lab of a session stands. CML is asked for single nodes only while they boot, and only how many are missing is
 * kept: all nodes share this.
 */
export function labState(session: SessionRow): { state: string; tone: Tone } {
  if (session.lab_gone) return { state: 'removed', tone: 'resting' };
  if (!session.cml_lab_id) return AFTER.includes(session.status) ? { state: 'never imported', tone: 'resting' } : { state: 'not imported yet', tone: 'waiting' };
  if (AFTER.includes(session.status)) return { state: 'being taken down', tone: 'moving' };
  const step = (name: string) => session.steps?.find((each) => each.pipeline === 'instantiate' && each.step === name)?.status;
  const converge = step('converge');
  if (converge === 'completed') return { state: 'booted', tone: 'good' };
  if (converge === 'skipped') return { state: 'started, not waited for', tone: 'moving' };
  if (converge === 'failed' || step('start_lab') === 'failed') return { state: 'did not start', tone: 'bad' };
  return converge === 'running' || step('start_lab') === 'completed' ? { state: 'booting', tone: 'moving' } : { state: 'imported', tone: 'waiting' };
}

/** Of each node how its lab stands, its ports and how the learner reaches it. */
export function nodeMarks(session: SessionRow, devices: readonly Device[], labels: Iterable<string>): Marks {
  const lab = labState(session);
  const marks = new Map<string, NodeMark>();
  for (const label of labels) {
    const ports = (session.allocated_ports ?? []).filter((port) => port.node_label === label).map((port): [string, string] => [insideText(port), `port ${port.outer}`]);
    const reached = devices.filter((device) => device.name === label).map((device): [string, string] => [`learner, ${device.protocol}`, `${device.host}:${device.port}`]);
    marks.set(label, { ...lab, facts: [...ports, ...reached] });
  }
  return marks;
}

function insideText({ protocol, inner = 0 }: { protocol: string; inner?: number }): string {
  if (protocol === 'serial') return `serial line ${inner}`;
  return protocol === 'vnc' ? 'display' : `${protocol} port ${inner}`;
}
