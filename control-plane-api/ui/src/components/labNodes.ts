import type { Schemas, SessionRow } from '../api/types';
import type { Tone } from '../app/theme';

export type LabNode = Schemas['LabNodeState'];

/** Statuses in which each node of the lab is to be up. */
const TO_BE_UP: readonly SessionRow['status'][] = ['READY', 'RUNNING', 'COLLECTING'];

const WORDS: Readonly<Record<string, { state: string; tone: Tone }>> = {
  BOOTED: { state: 'booted', tone: 'good' },
  STARTED: { state: 'booting', tone: 'moving' },
  QUEUED: { state: 'queued to boot', tone: 'waiting' },
  STOPPED: { state: 'stopped', tone: 'resting' },
  DEFINED_ON_CORE: { state: 'not started', tone: 'resting' },
  DISCONNECTED: { state: 'disconnected', tone: 'bad' },
};

/** CML's word for the state of a node as people say it; one that stands still while the learner needs it is bad. */
export function nodeWords(node: LabNode, session: Pick<SessionRow, 'status' | 'recovery'>): { state: string; tone: Tone } {
  const words = WORDS[node.state] ?? { state: node.state.toLowerCase().replaceAll('_', ' '), tone: 'waiting' };
  if (node.state === 'BOOTED' && !node.converged) return { state: 'booted, not converged', tone: 'moving' };
  return words.tone === 'resting' && isToBeUp(session) ? { ...words, tone: 'bad' } : words;
}

const isToBeUp = ({ status, recovery }: Pick<SessionRow, 'status' | 'recovery'>) => TO_BE_UP.includes(status) && !recovery;

/** The nodes that the learner should have and has not; while the host is away that is said of the whole lab instead. */
export function nodesDown(session: Pick<SessionRow, 'status' | 'recovery' | 'lab_nodes'>): readonly LabNode[] {
  return isToBeUp(session) ? (session.lab_nodes ?? []).filter((node) => node.state !== 'BOOTED') : [];
}

const MOST_NAMED = 3;

/** "r1 is stopped", "r1, r2, r3 and 4 more nodes are not up". */
export function downText(session: Pick<SessionRow, 'status' | 'recovery' | 'lab_nodes'>): string | undefined {
  const down = nodesDown(session);
  const [first] = down;
  if (!first) return undefined;
  if (down.length === 1) return `${first.label} is ${nodeWords(first, session).state}`;
  const named = down.slice(0, MOST_NAMED).map(({ label }) => label);
  const more = down.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more nodes are not up` : `${named.slice(0, -1).join(', ')} and ${named.at(-1)} are not up`;
}

/** "4 of 5 nodes have booted"; nothing before the host told of any. */
export function bootedText(nodes: readonly LabNode[]): string | undefined {
  if (nodes.length === 0) return undefined;
  const booted = nodes.filter(({ state }) => state === 'BOOTED').length;
  return `${booted} of ${nodes.length} ${nodes.length === 1 ? 'node has' : 'nodes have'} booted`;
}
