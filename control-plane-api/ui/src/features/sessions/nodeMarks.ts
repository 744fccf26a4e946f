import type { Schemas, SessionRow } from '../../api/types';
import type { Tone } from '../../app/theme';
import { nodeWords } from '../../components/labNodes';
import type { Marks, NodeMark } from '../../components/topology/nodeMark';

type Device = Schemas['DeviceAccess'];
const AFTER: readonly SessionRow['status'][] = ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED'];

/** How the lab of a session stands as a whole. */
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

/** More of one lab are not kept: a node of a larger one may be there without word of it. */
const MOST_NODES = 500;
const MISSING = { state: 'not in the lab', tone: 'bad' } as const;

/** Of each node how it stands, or its lab before and after there is word of it; its ports and how the learner reaches it. */
export function nodeMarks(session: SessionRow, devices: readonly Device[], labels: Iterable<string>): Marks {
  const lab = labState(session);
  const isOver = session.lab_gone || AFTER.includes(session.status);
  const known = new Map((session.lab_nodes ?? []).map((node) => [node.label, node]));
  const marks = new Map<string, NodeMark>();
  for (const label of labels) {
    const ports = (session.allocated_ports ?? []).filter((port) => port.node_label === label).map((port): [string, string] => [insideText(port), `port ${port.outer}`]);
    const reached = devices.filter((device) => device.name === label).map((device): [string, string] => [`learner, ${device.protocol}`, `${device.host}:${device.port}`]);
    const node = known.get(label);
    if (!node) marks.set(label, { ...(known.size > 0 && known.size < MOST_NODES && !isOver ? MISSING : lab), facts: [...ports, ...reached] });
    else if (isOver) marks.set(label, { ...lab, facts: [['last seen', nodeWords(node, session).state], ...ports, ...reached] });
    else marks.set(label, { ...nodeWords(node, session), since: node.since, facts: [...ports, ...reached] });
  }
  return marks;
}

function insideText({ protocol, inner = 0 }: { protocol: string; inner?: number }): string {
  if (protocol === 'serial') return `serial line ${inner}`;
  return protocol === 'vnc' ? 'display' : `${protocol} port ${inner}`;
}
