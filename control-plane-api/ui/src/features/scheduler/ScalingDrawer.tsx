import { Drawer, Group, Stack, Text, Title } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { DefinitionList } from '../../components/DefinitionList';
import { GuardAnswers } from '../../components/GuardAnswers';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import { guardsText, inputFact, KINDS, type ScalingDecision } from './scalingWords';

interface Props {
  /** Null for one that is not among the rows that were read; undefined while none is shown. */
  decision: ScalingDecision | null | undefined;
  close: () => void;
}

/** One decision about the size of the fleet: what every guard answered, and the figures. */
export function ScalingDrawer({ decision, close }: Props) {
  return (
    <Drawer opened={decision !== undefined} onClose={close} position="right" size="lg" title={decision ? KINDS[decision.kind] : 'Scaling decision'} closeButtonProps={{ 'aria-label': 'Close' }}>
      {decision === null && <Text size="sm">It is not among the rows that were read: read more of the list, or choose another time.</Text>}
      {decision && <Detail decision={decision} />}
    </Drawer>
  );
}

export function Detail({ decision }: { decision: ScalingDecision }) {
  const { answers = [], inputs = {}, count = 1 } = decision;
  return (
    <Stack gap="md">
      <Group gap="xs">
        <StatusBadge status={decision.taken ? 'done' : 'left'} tone={decision.taken ? 'good' : 'resting'} />
        <Text size="sm" c="dimmed" component="div">
          <Moment at={decision.at} />
          {count > 1 && (
            <>
              , found {count.toLocaleString('en')} times, last <Moment at={decision.last_seen_at} />
            </>
          )}
        </Text>
      </Group>
      <Text>{decision.summary}</Text>
      <DefinitionList
        facts={{
          Worker: decision.worker_id && <PageLink to={`/workers/${decision.worker_id}`}>{decision.worker_name || decision.worker_id}</PageLink>,
          Instance: decision.ec2_instance_id,
          Template: decision.template_name,
          Region: decision.region,
          'What decided': decision.decided_by.replaceAll('_', ' '),
          By: decision.actor,
        }}
      />
      {answers.length > 0 && <Judged answers={answers} summary={guardsText(decision)} />}
      {Object.keys(inputs).length > 0 && (
        <Stack gap={4}>
          <Title order={3} size="h6">
            What it was made from
          </Title>
          <DefinitionList nameWidth={200} facts={Object.fromEntries(Object.entries(inputs).map(([name, value]) => inputFact(name, value)))} />
        </Stack>
      )}
    </Stack>
  );
}

function Judged({ answers, summary }: { answers: readonly Schemas['GuardAnswer'][]; summary: string }) {
  return (
    <Stack gap={6}>
      <Title order={3} size="h6">
        {summary.charAt(0).toUpperCase() + summary.slice(1)}
      </Title>
      <GuardAnswers answers={answers} />
    </Stack>
  );
}
