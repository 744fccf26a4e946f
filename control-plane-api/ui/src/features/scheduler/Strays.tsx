import { Alert, Stack, Text } from '@mantine/core';
import { IconGhost2 } from '@tabler/icons-react';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { NotUpToDate } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';

type Stray = Schemas['StrayInstance'];

const EVERY_MS = 30_000;
const KINDS: Record<Stray['kind'], string> = {
  unknown: 'nobody knows where it comes from',
  leftover: 'it was left behind by a worker that has ended',
  duplicate: 'there is another one for the same worker',
};

/** Instances that cost money and serve nobody; nothing is shown while there is none. */
export function Strays() {
  const strays = useApi('/api/v1/stray-instances', {}, { everyMs: EVERY_MS });
  if (strays.error) return <NotUpToDate error={strays.error} retry={() => void strays.refetch()} />;
  if (!strays.data || strays.data.length === 0) return null;
  return (
    <Alert color="orange" variant="light" icon={<IconGhost2 />} title={strays.data.length === 1 ? 'An instance that no worker stands for' : `${strays.data.length} instances that no worker stands for`}>
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {strays.data.map((stray) => (
          <li key={stray.ec2_instance_id}>
            <StrayText stray={stray} />
          </li>
        ))}
      </Stack>
    </Alert>
  );
}

function StrayText({ stray }: { stray: Stray }) {
  const { ec2_instance_id, region, state, instance_type, kind, worker_id, why_left, what_to_do, flagged_at } = stray;
  return (
    <Stack gap={2}>
      <Text size="sm" component="div">
        <b>{ec2_instance_id}</b> {[instance_type, region, state].filter(Boolean).join(', ')}: {KINDS[kind]}. Found <Moment at={flagged_at} />.
        {worker_id && (
          <>
            {' '}
            <PageLink to={`/workers/${worker_id}`}>The worker</PageLink>
          </>
        )}
      </Text>
      {why_left && <Text size="sm">{why_left}</Text>}
      {what_to_do && (
        <Text size="sm" fw={500}>
          {what_to_do}
        </Text>
      )}
    </Stack>
  );
}
