import { Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import type { Schemas, SessionRow } from '../../api/types';
import { NotUpToDate } from '../../components/Answered';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { Topology } from '../../components/topology/Topology';
import { bootedText, downText } from '../../components/labNodes';
import { labState, nodeMarks } from './nodeMarks';

const NONE: readonly Schemas['DeviceAccess'][] = [];

/** The topology that the learner works in, with what is known of each node. */
export function SessionTopology({ session }: { session: SessionRow }) {
  const delivery = useApi('/api/v1/lablet-sessions/{session_id}/user-session', { params: { path: { session_id: session.id } } }, { kinds: ['user_session'], enabled: Boolean(session.user_session_id) });
  const devices = delivery.data?.devices ?? NONE;
  const lab = labState(session);
  const booted = lab.tone === 'moving' || lab.tone === 'good' ? bootedText(session.lab_nodes ?? []) : undefined;
  return (
    <Panel title="Topology" aside={<PageLink to={`/definitions/${session.definition_id}`}>{`${session.definition_name} ${session.definition_version}`}</PageLink>}>
      <Text size="sm">
        {downText(session) ?? `The lab is ${lab.state}`}
        {booted && `: ${booted}`}.
      </Text>
      {delivery.error && <NotUpToDate error={delivery.error} retry={() => void delivery.refetch()} />}
      <Topology definitionId={session.definition_id} marksOf={(labels) => nodeMarks(session, devices, labels)} />
    </Panel>
  );
}
