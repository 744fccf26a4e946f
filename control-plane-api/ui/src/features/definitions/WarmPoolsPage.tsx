import { Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { NextStep } from '../../components/NextStep';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { POOL_KINDS } from './PoolOf';
import { type Pool, poolText, poolTone, worthText } from './poolWords';

/** Every pool of prepared labs: what is wanted, what there is, what came of it. */
export default function WarmPoolsPage() {
  const pools = useApi('/api/v1/warm-pools', {}, { kinds: POOL_KINDS, everyMs: 30_000 });
  return (
    <Stack gap="md">
      <PageTitle title="Warm pools" count={pools.data?.length.toLocaleString('en')} hint="Labs that are imported before anybody asks for them." />
      <Answered query={pools} height={240}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon={IconStack2} title="No lab is kept prepared" action={<NextStep needs="GET /api/v1/lablet-definitions" to="/definitions">To the definitions</NextStep>}>
              A pool is made on the page of a definition, under “Warm pool”.
            </EmptyState>
          ) : (
            <SimpleGrid minColWidth="min(22rem, 100%)" spacing="md">
              {all.map((report) => (
                <PoolCard key={report.pool.id} report={report} />
              ))}
            </SimpleGrid>
          )
        }
      </Answered>
    </Stack>
  );
}

function PoolCard({ report }: { report: Pool }) {
  const { pool, measures, failures_counted: counted = 0 } = report;
  return (
    <Card withBorder component="article" padding="sm" aria-label={pool.definition_name}>
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <PageLink to={`/warm-pools/${pool.id}`} fw={600} truncate>
            {pool.definition_name}
          </PageLink>
          <StatusBadge status={pool.status} tone={poolTone[pool.status]} />
        </Group>
        <Text size="sm">{poolText(report)}</Text>
        <Text size="sm">{worthText(measures)}</Text>
        <Group justify="space-between">
          <Text size="sm" c={counted > 0 ? 'var(--mantine-color-orange-light-color)' : 'dimmed'}>
            {counted} of {pool.policy.failure_budget} failures
          </Text>
          <Moment at={pool.status_changed_at} />
        </Group>
      </Stack>
    </Card>
  );
}
