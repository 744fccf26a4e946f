import { Code, SimpleGrid, Stack, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useApi } from '../../api/useApi';
import type { Schemas } from '../../api/types';
import { AnsweredPage } from '../../components/AnsweredPage';
import { slotText } from '../../components/booking/slotText';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { Again } from './Again';
import { Before } from './Before';
import { type Decision, OUTCOMES } from './decisionWords';
import { Verdicts } from './Verdicts';
import { dimensionName } from './whyNot';
import { SessionLink } from '../../components/ThingLink';

/** One decision: what was asked, what each worker scored or failed in, and whether it would come out so today. */
export default function DecisionPage() {
  const { decisionId = '' } = useParams({ strict: false }) as { decisionId?: string };
  const found = useApi('/api/v1/scheduler/decisions/{decision_id}', { params: { path: { decision_id: decisionId } } });
  return <AnsweredPage query={found} thing="decision" back={{ to: '/scheduler', label: 'Decisions', search: { tab: 'decisions' } }}>{(explained) => <Explained explained={explained} />}</AnsweredPage>;
}

function Explained({ explained: { decision, scores, again } }: { explained: Schemas['ExplainedDecision'] }) {
  const { label, tone } = OUTCOMES[decision.outcome];
  return (
    <Stack gap="md">
      <PageTitle title="Placement decision" back={{ to: '/scheduler', search: { tab: 'decisions' }, label: 'Decisions' }} badge={<StatusBadge status={label} tone={tone} />} hint={decision.summary} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="What was decided">
          <Facts decision={decision} />
        </Panel>
        <Panel title="What was asked">
          <Asked decision={decision} />
        </Panel>
        <Again again={again} decision={decision} />
        <Before decision={decision} />
      </SimpleGrid>
      <Verdicts decision={decision} scores={scores} />
    </Stack>
  );
}

function Facts({ decision }: { decision: Decision }) {
  const worker = decision.candidates?.find((each) => each.worker_id === decision.worker_id);
  return (
    <DefinitionList
      facts={{
        When: <Moment at={decision.at} />,
        Session: <SessionLink id={decision.session_id} />,
        Worker: decision.worker_id && <PageLink to={`/workers/${decision.worker_id}`}>{worker?.worker_name ?? decision.worker_id}</PageLink>,
        Template: decision.template_name,
        'In the queue': decision.queue_position && `number ${decision.queue_position} of those looked at together`,
        Engine: `version ${decision.engine_version}`,
        Id: <Code>{decision.id}</Code>,
      }}
    />
  );
}

function Asked({ decision: { inputs, outcome, candidates = [] } }: { decision: Decision }) {
  if (!inputs) return <Text size="sm">The engine of then kept nothing of what it was made from.</Text>;
  const promised = inputs.promised_worker_id;
  const promisedName = candidates.find((each) => each.worker_id === promised)?.worker_name ?? promised;
  const needs = Object.entries(inputs.requirements).filter(([, amount]) => amount > 0);
  return (
    <DefinitionList
      facts={{
        'Room from, to': slotText(inputs.interval),
        Needs: needs.map(([dimension, amount]) => `${amount} ${dimensionName(dimension)}`).join(', '),
        Licence: inputs.license_affinity.join(' or ').toLowerCase(),
        Image: [inputs.ami.name_pattern, inputs.ami.min_version && `${inputs.ami.min_version} or later`].filter(Boolean).join(', '),
        'Virtual machines': inputs.nested_virtualization ? 'yes' : undefined,
        'Promised by': promised && <PageLink to={`/workers/${promised}`}>{promisedName}</PageLink>,
        'As nobody has room': outcome === 'assign' ? undefined : inputs.without_room.hint,
      }}
    />
  );
}
