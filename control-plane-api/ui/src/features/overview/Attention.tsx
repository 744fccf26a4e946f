import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { ProblemAlert } from '../../components/ProblemAlert';
import { useLiveRows } from '../../live/useLive';
import { attentionOf } from './attentionOf';

const SHOWN = 12;

/** Promises at risk, and all else that waits for a person. That there is nothing is said only when all of it is known. */
export function Attention() {
  const mayLetters = useMay()('GET /api/v1/system/dead-letters');
  const sessions = useLiveRows('lablet_session');
  const workers = useLiveRows('cml_worker');
  const letters = useApi('/api/v1/system/dead-letters', { params: { query: { limit: 1, total: true } } }, { enabled: mayLetters, everyMs: 30_000 });
  const points = useMemo(() => attentionOf([...(sessions?.values() ?? [])], [...(workers?.values() ?? [])], letters.data?.total ?? 0), [sessions, workers, letters.data]);
  const isAwaited = !sessions || !workers || (mayLetters && letters.isPending);
  return (
    <Panel title="Needs a person">
      {letters.error && <ProblemAlert error={letters.error} title="The dead letters could not be read" />}
      {points.length === 0 && isAwaited && <Skeleton height={20} aria-label="Loading" />}
      {points.length === 0 && !isAwaited && !letters.error && (
        <Group gap="xs">
          <IconCircleCheck size={18} color="var(--mantine-color-teal-text)" aria-hidden />
          <Text size="sm">Nothing. No promise is at risk, no worker has failed, no session is stuck.</Text>
        </Group>
      )}
      <Stack gap="xs">
        {points.slice(0, SHOWN).map((point) => (
          <Group key={point.key} gap="xs" wrap="nowrap" align="flex-start">
            <IconAlertTriangle size={18} color={`var(--mantine-color-${point.grave ? 'red' : 'orange'}-text)`} style={{ flexShrink: 0 }} aria-hidden />
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {point.to ? <PageLink to={point.to} underline="always">{point.what}</PageLink> : point.what}: {point.why}
            </Text>
          </Group>
        ))}
        {points.length > SHOWN && (
          <Text size="sm" c="dimmed">
            and {points.length - SHOWN} more
          </Text>
        )}
      </Stack>
    </Panel>
  );
}
