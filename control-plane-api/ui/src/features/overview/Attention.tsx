import { Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { ProblemAlert } from '../../components/ProblemAlert';
import { ScrollPart } from '../../components/ScrollPart';
import { useLiveRows } from '../../live/useLive';
import { attentionOf, type Point } from './attentionOf';

const SHOWN = 100;
/** That of the panel beside it; one for nothing, one point and many: what stands below is not pushed by what comes. */
const HEIGHT = '12rem';

/** Promises at risk, and all else that waits for a person. That there is nothing is said only when all of it is known. */
export function Attention() {
  const mayLetters = useMay()('GET /api/v1/system/dead-letters');
  const sessions = useLiveRows('lablet_session');
  const workers = useLiveRows('cml_worker');
  const letters = useApi('/api/v1/system/dead-letters', { params: { query: { limit: 1, total: true } } }, { enabled: mayLetters, everyMs: 30_000 });
  const points = useMemo(() => attentionOf([...(sessions?.values() ?? [])], [...(workers?.values() ?? [])], letters.data?.total ?? 0), [sessions, workers, letters.data]);
  const isAwaited = !sessions || !workers || (mayLetters && letters.isPending);
  return (
    <Panel title={points.length > 1 ? `Needs a person: ${points.length.toLocaleString('en')}` : 'Needs a person'}>
      <ScrollPart label="What needs a person" height={HEIGHT} fixed>
        <Stack gap="xs">
          {letters.error && <ProblemAlert error={letters.error} title="The dead letters could not be read" />}
          {points.length === 0 && isAwaited && <Skeleton height={20} aria-label="Loading" />}
          {points.length === 0 && !isAwaited && !letters.error && (
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <IconCircleCheck size={18} color="var(--mantine-color-teal-text)" style={{ flexShrink: 0 }} aria-hidden />
              <Text size="sm">Nothing. No promise is at risk, no worker has failed, no session is stuck.</Text>
            </Group>
          )}
          <Points points={points} />
        </Stack>
      </ScrollPart>
    </Panel>
  );
}

/** The gravest are seen at once, the others when one scrolls. */
function Points({ points }: { points: readonly Point[] }) {
  const more = points.length - SHOWN;
  return (
    <>
      {points.slice(0, SHOWN).map((point) => (
        <Group key={point.key} gap="xs" wrap="nowrap" align="flex-start">
          <IconAlertTriangle size={18} color={`var(--mantine-color-${point.grave ? 'red' : 'orange'}-text)`} style={{ flexShrink: 0 }} aria-hidden />
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {point.to ? <PageLink to={point.to} underline="always">{point.what}</PageLink> : point.what}: {point.why}
          </Text>
        </Group>
      ))}
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more.toLocaleString('en')} more, among the <PageLink to="/sessions">sessions</PageLink> and <PageLink to="/workers">workers</PageLink>
        </Text>
      )}
    </>
  );
}
