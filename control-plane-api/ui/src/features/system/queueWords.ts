import type { Schemas } from '../../api/types';
import { counted } from '../../components/counted';

type Queue = Schemas['WorkQueue'];
type Feed = Schemas['FeedStatus'];

/** What each queue holds, and the page on which one sees it. */
export const QUEUES: Record<Queue['name'], { title: string; to: string }> = {
  placement: { title: 'Sessions to place', to: '/scheduler' },
  fleet: { title: 'Workers to look after', to: '/workers' },
  pipeline: { title: 'Pipeline work', to: '/sessions' },
  inbound: { title: 'Inbound events', to: '/dead-letters' },
  outbound: { title: 'Outbound deliveries', to: '/webhooks' },
};

const FIGURES = [
  ['waiting', 'waiting'],
  ['in_flight', 'under way'],
  ['delayed', 'later'],
  ['failing', 'failing'],
  ['dead', 'dead letter'],
] as const;

/** The figures of a queue that are known; zeroes beside the first are left out. */
export function figuresOf(queue: Queue): string {
  const said = FIGURES.flatMap(([name, word], index) => {
    const figure = queue[name];
    return figure == null || (figure === 0 && index > 0) ? [] : [name === 'dead' ? counted(figure, word) : `${figure.toLocaleString('en')} ${word}`];
  });
  return said.length > 0 ? said.join(', ') : 'Not known now';
}

/** How far the instance that answered is behind the log. */
export function lagText({ connected, behind, lag_seconds }: Feed): string {
  const lag = lag_seconds == null ? 'lag not known' : lag_seconds < 1 ? 'up to date' : `${Math.round(lag_seconds).toLocaleString('en')} s behind`;
  const waits = behind > 0 ? `, ${counted(behind, 'commit')} to tell` : '';
  return `${connected ? '' : 'Not connected, '}${lag}${waits}`;
}
