import { useApi } from '../api/useApi';
import { useLiveRow } from '../live/useLive';
import { Cut } from './Cut';
import { PageLink } from './PageLink';
import { kindText, shortId } from './thingWords';

/** A session by its lab and learner; one that is over is read for that. */
export function SessionLink({ id }: { id: string }) {
  const live = useLiveRow('lablet_session', id);
  const read = useApi('/api/v1/lablet-sessions/{session_id}', { params: { path: { session_id: id } } }, { enabled: !live });
  const session = live ?? read.data;
  return <PageLink to={`/sessions/${id}`}>{session ? `${session.definition_name}, ${session.candidate.username}` : shortId(id)}</PageLink>;
}

/** A worker by its name; one that is gone is read for that. */
export function WorkerLink({ id }: { id: string }) {
  const live = useLiveRow('cml_worker', id);
  const read = useApi('/api/v1/workers/{worker_id}', { params: { path: { worker_id: id } } }, { enabled: !live });
  return <PageLink to={`/workers/${id}`}>{(live ?? read.data)?.name ?? shortId(id)}</PageLink>;
}

/** A subscription by what it is for, else by its address. */
export function SubscriptionLink({ id }: { id: string }) {
  return <PageLink to={`/webhooks/${id}`}>{useSubscriptionName(id)}</PageLink>;
}

/** The same without the way to it: in a row that leads elsewhere. */
export function SubscriptionName({ id }: { id: string }) {
  return <Cut>{useSubscriptionName(id)}</Cut>;
}

function useSubscriptionName(id: string): string {
  const read = useApi('/api/v1/subscriptions/{subscription_id}', { params: { path: { subscription_id: id } } }, { kinds: ['subscription'] });
  return read.data?.description || read.data?.url || shortId(id);
}

/** What a stream of the log is about, in a row: a live session by its lab and learner, anything else by its kind. */
export function StreamName({ stream }: { stream: string }) {
  const [, kind = '', id = stream] = /^([a-z_]+)-(.+)$/.exec(stream) ?? [];
  const session = useLiveRow('lablet_session', id);
  const other = `${kindText(kind)} ${shortId(id)}`.trim();
  return <Cut>{session ? `${session.definition_name}, ${session.candidate.username}` : other}</Cut>;
}
