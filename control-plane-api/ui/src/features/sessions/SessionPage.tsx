import { Button, Stack, Tabs } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { ActionMenu } from '../../actions/ActionMenu';
import { useApi } from '../../api/useApi';
import type { SessionRow } from '../../api/types';
import { oneOf, useUrlState } from '../../app/urlState';
import { later } from '../../components/later';
import { AnsweredPage } from '../../components/AnsweredPage';
import { PageTitle } from '../../components/PageTitle';
import { newer } from '../../live/rows';
import { useLiveRow, useLiveRows } from '../../live/useLive';
import { SessionBadge } from './SessionBadge';
import { SessionEvidence } from './SessionEvidence';
import { SessionGrading } from './SessionGrading';
import { SessionLog } from './SessionLog';
import { SessionSummary } from './SessionSummary';
import { sessionActions } from './sessionActions';
import { statusLine } from './statusLine';

const SessionTopology = later(async () => (await import('./SessionTopology')).SessionTopology, 560);

const TABS = { summary: 'Summary', topology: 'Topology', grading: 'Grading', evidence: 'Evidence', log: 'Event log' } as const;
type Tab = keyof typeof TABS;
const URL_STATE = { tab: oneOf(Object.keys(TABS) as Tab[], 'summary') };

export default function SessionPage() {
  const { sessionId = '' } = useParams({ strict: false }) as { sessionId?: string };
  const live = useLiveRow('lablet_session', sessionId);
  const fetched = useApi('/api/v1/lablet-sessions/{session_id}', { params: { path: { session_id: sessionId } } });
  const session = fetched.data ? newer(live, fetched.data) : live;
  if (session) return <Detail session={session} />;
  return <AnsweredPage query={fetched} thing="session" back={{ to: '/sessions', label: 'Sessions' }}>{() => null}</AnsweredPage>;
}

function Detail({ session }: { session: SessionRow }) {
  const [{ tab }, change] = useUrlState(URL_STATE);
  const workers = useLiveRows('cml_worker');
  const actions = useMemo(() => sessionActions(session, [...(workers?.values() ?? [])]), [session, workers]);
  const isOpen = session.status === 'READY' || session.status === 'RUNNING';
  return (
    <Stack gap="md">
      <PageTitle
        title={`${session.definition_name} for ${session.candidate.username}`}
        badge={<SessionBadge session={session} />}
        back={{ to: '/sessions', label: 'Sessions' }}
        hint={statusLine(session)}
      >
        {session.login_url && isOpen && (
          <Button component="a" href={session.login_url} target="_blank" rel="noreferrer" rightSection={<IconExternalLink size={16} />}>
            Open lab
          </Button>
        )}
        <ActionMenu actions={actions} />
      </PageTitle>
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as Tab })} keepMounted={false}>
        <Tabs.List mb="md">
          {Object.entries(TABS).map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="summary">
          <SessionSummary session={session} />
        </Tabs.Panel>
        <Tabs.Panel value="topology">
          <SessionTopology session={session} />
        </Tabs.Panel>
        <Tabs.Panel value="grading">
          <SessionGrading session={session} />
        </Tabs.Panel>
        <Tabs.Panel value="evidence">
          <SessionEvidence session={session} />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <SessionLog session={session} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
