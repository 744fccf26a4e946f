import { Alert, Button, Code, SimpleGrid, Stack, Tabs } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { ActionMenu } from '../../actions/ActionMenu';
import { type Operation, useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { oneOf, useUrlState } from '../../app/urlState';
import { AnsweredPage } from '../../components/AnsweredPage';
import { DefinitionList } from '../../components/DefinitionList';
import { later } from '../../components/later';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { useNewest } from '../../live/useLive';
import { DefinitionBadge } from './DefinitionBadge';
import { definitionActions } from './definitionActions';
import { type Definition, factsOf, needsSomebody, standingText } from './definitionWords';
import { Ports } from './Ports';
import { Versions } from './Versions';

const Topology = later(async () => (await import('../../components/topology/Topology')).Topology, 520);
const Proposal = later(async () => (await import('./Proposal')).Proposal, 320);
const ContentSync = later(async () => (await import('./ContentSync')).ContentSync, 240);
const PoolOf = later(async () => (await import('./PoolOf')).PoolOf, 240);

const TABS = { lab: 'Lab', versions: 'Versions', proposal: 'Proposal', content: 'Content', pool: 'Warm pool' } as const;
type Tab = keyof typeof TABS;
const NEEDED: Record<Tab, Operation> = {
  lab: 'GET /api/v1/lablet-definitions/{definition_id}',
  versions: 'GET /api/v1/lablet-definitions',
  proposal: 'GET /api/v1/lablet-definitions/{definition_id}/proposal',
  content: 'GET /api/v1/lablet-definitions/{definition_id}',
  pool: 'GET /api/v1/warm-pools',
};
const URL_STATE = { tab: oneOf(Object.keys(TABS) as Tab[], 'lab') };

/** One version of a lab. */
export default function DefinitionPage() {
  const { definitionId = '' } = useParams({ strict: false }) as { definitionId?: string };
  const fetched = useApi('/api/v1/lablet-definitions/{definition_id}', { params: { path: { definition_id: definitionId } } }, { kinds: ['lablet_definition'] });
  const definition = useNewest<Definition>('lablet_definition', fetched.data);
  return <AnsweredPage query={fetched} thing="definition" back={{ to: '/definitions', label: 'Definitions' }}>{() => definition && <Detail key={definition.id} definition={definition} />}</AnsweredPage>;
}

function Detail({ definition }: { definition: Definition }) {
  const [{ tab }, change] = useUrlState(URL_STATE);
  const may = useMay();
  return (
    <Stack gap="md">
      <PageTitle title={`${definition.name} ${definition.semantic_version}`} badge={<DefinitionBadge definition={definition} />} back={{ to: '/definitions', label: 'Definitions' }} hint={needsSomebody(definition) ? undefined : standingText(definition)}>
        {definition.status === 'ACTIVE' && may('POST /api/v1/reservations') && (
          <Button renderRoot={(props) => <Link to={'/reservations/book' as string} search={{ definition_id: definition.id } as never} {...props} />}>Book</Button>
        )}
        {definition.status === 'ACTIVE' && may('POST /api/v1/lablet-definitions') && (
          <Button variant="default" renderRoot={(props) => <Link to={'/definitions/new' as string} search={{ after: definition.id } as never} {...props} />}>
            New version
          </Button>
        )}
        <ActionMenu actions={definitionActions(definition)} />
      </PageTitle>
      {needsSomebody(definition) && (
        <Alert color="orange" variant="light" icon={<IconAlertTriangle />} title={standingText(definition)}>
          <PageLink to={`/definitions/${definition.id}`} search={{ tab: definition.proposal ? 'proposal' : 'content' }}>
            {definition.proposal ? 'Look at what changed' : 'Look at what happened'}
          </PageLink>
        </Alert>
      )}
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as Tab })} keepMounted={false}>
        <Tabs.List mb="md">
          {(Object.keys(TABS) as Tab[])
            .filter((each) => may(NEEDED[each]))
            .map((value) => (
              <Tabs.Tab key={value} value={value}>
                {TABS[value]}
              </Tabs.Tab>
            ))}
        </Tabs.List>
        <Tabs.Panel value="lab">
          <Lab definition={definition} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions definition={definition} />
        </Tabs.Panel>
        <Tabs.Panel value="proposal">
          {may(NEEDED.proposal) && <Proposal definition={definition} />}
        </Tabs.Panel>
        <Tabs.Panel value="content">
          <ContentSync definition={definition} />
        </Tabs.Panel>
        <Tabs.Panel value="pool">
          <PoolOf definitionName={definition.name} bookable={definition.status === 'ACTIVE'} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Lab({ definition }: { definition: Definition }) {
  const mayLook = useMay()('GET /api/v1/lablet-definitions/{definition_id}/drawing');
  return (
    <Stack gap="md" className="lcm-in-turn">
      {mayLook && <Panel title="Topology">{definition.content_hash ? <Topology definitionId={definition.id} /> : 'It is drawn when its package has been read.'}</Panel>}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="What it is">
          <DefinitionList
            facts={[
              ...(definition.content_hash ? factsOf(definition) : factsOf(definition).filter(([name]) => !KNOWN_BY_CONTENT.has(name))),
              ['Comes after', definition.previous_version_id && <PageLink key="before" to={`/definitions/${definition.previous_version_id}`}>the version before it</PageLink>],
              ['Replaced by', definition.replaced_by && <PageLink key="after" to={`/definitions/${definition.replaced_by}`}>the next version</PageLink>],
              ['Made', <Made key="made" definition={definition} />],
              ['Sessions', <PageLink key="sessions" to="/sessions" search={{ definition_id: definition.id }}>Sessions of this version</PageLink>],
              ['Content hash', definition.content_hash && <Code key="hash">{definition.content_hash}</Code>],
              ['Id', <Code key="id">{definition.id}</Code>],
            ]}
          />
        </Panel>
        <Stack gap="md">
          <Ports definition={definition} />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

const KNOWN_BY_CONTENT = new Set(['Title', 'Topology', 'Needs', 'Enough alone', 'Virtual machines']);

function Made({ definition }: { definition: Definition }) {
  return (
    <>
      <Moment at={definition.created_at} /> by {definition.created_by}
    </>
  );
}
