import { Accordion, Alert, Group, Stack, Text } from '@mantine/core';
import { IconGhost2 } from '@tabler/icons-react';
import { ActionMenu } from '../../actions/ActionMenu';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { NotUpToDate } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { ScrollPart } from '../../components/ScrollPart';
import { type Stray, strayActions } from './strayActions';

const EVERY_MS = 30_000;
/** However many they are, the decisions about the fleet are seen below them. */
const HEIGHT = '20rem';
const KINDS: Record<Stray['kind'], string> = {
  unknown: 'nobody knows where it comes from',
  leftover: 'it was left behind by a worker that has ended',
  duplicate: 'there is another one for the same worker',
};

/** Instances that cost money and serve nobody, and what can be done about each; nothing is shown while there is none. */
export function Strays() {
  const strays = useApi('/api/v1/stray-instances', {}, { everyMs: EVERY_MS });
  if (strays.error) return <NotUpToDate error={strays.error} retry={() => void strays.refetch()} />;
  if (!strays.data || strays.data.length === 0) return null;
  const left = strays.data.filter((each) => each.decision?.verdict === 'leave');
  const open = strays.data.filter((each) => !left.includes(each));
  return (
    <>
      {open.length > 0 && (
        <Alert color="orange" variant="light" icon={<IconGhost2 />} title={open.length === 1 ? 'An instance that no worker stands for' : `${open.length} instances that no worker stands for`}>
          <StrayList strays={open} label="Instances that no worker stands for" />
        </Alert>
      )}
      {left.length > 0 && (
        <Accordion variant="contained">
          <Accordion.Item value="left">
            <Accordion.Control>{left.length === 1 ? 'An instance is left as it is' : `${left.length} instances are left as they are`}</Accordion.Control>
            <Accordion.Panel>
              <StrayList strays={left} label="Instances that are left" />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </>
  );
}

function StrayList({ strays, label }: { strays: readonly Stray[]; label: string }) {
  const mayImport = useMay()('POST /api/v1/workers/import');
  const templates = useApi('/api/v1/worker-templates', {}, { enabled: mayImport });
  return (
    <ScrollPart label={label} height={HEIGHT}>
      <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {strays.map((stray) => (
          <Group key={stray.ec2_instance_id} component="li" justify="space-between" align="flex-start" gap="sm">
            <StrayText stray={stray} />
            <ActionMenu actions={strayActions(stray, templates.data ?? [])} />
          </Group>
        ))}
      </Stack>
    </ScrollPart>
  );
}

function StrayText({ stray }: { stray: Stray }) {
  const { ec2_instance_id, region, state, instance_type, kind, worker_id, why_left, what_to_do, flagged_at, decision } = stray;
  return (
    <Stack gap={2} flex="1 1 20rem" miw={0} style={{ overflowWrap: 'anywhere' }}>
      <Text size="sm" component="div">
        <b>{ec2_instance_id}</b> {[instance_type, region, state].filter(Boolean).join(', ')}: {KINDS[kind]}. Found <Moment at={flagged_at} />.
        {worker_id && (
          <>
            {' '}
            <PageLink to={`/workers/${worker_id}`}>The worker</PageLink>
          </>
        )}
      </Text>
      {decision && (
        <Text size="sm" component="div">
          {decision.verdict === 'leave' ? 'Left as it is' : decision.with_labs ? 'To be terminated, with what is on it' : 'To be terminated'} by {decision.by} <Moment at={decision.at} />: {decision.reason}
        </Text>
      )}
      {why_left && decision?.verdict !== 'leave' && <Text size="sm">{why_left}</Text>}
      {what_to_do && !decision && (
        <Text size="sm" fw={500}>
          {what_to_do}
        </Text>
      )}
    </Stack>
  );
}
