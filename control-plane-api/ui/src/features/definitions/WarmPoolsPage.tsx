import { Button, Card, Group, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import { flag, maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { NextStep } from '../../components/NextStep';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { NoMatch } from '../../components/table/NoMatch';
import { POOL_KINDS } from './PoolOf';
import { chosenPools, ORDER_NAMES, POOL_ORDERS, POOL_STATES, type PoolOrder } from './poolList';
import { type Pool, poolText, poolTone, worthText } from './poolWords';

const URL_STATE = { name: text(100), status: maybeOneOf(POOL_STATES), short: flag(), sort: oneOf(POOL_ORDERS, 'attention') };
const ORDERS = POOL_ORDERS.map((value) => ({ value, label: ORDER_NAMES[value] }));

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
            <Chosen all={all} />
          )
        }
      </Answered>
    </Stack>
  );
}

/** The answer holds every pool, as there is one for each definition at most: it is filtered and sorted here. */
function Chosen({ all }: { all: readonly Pool[] }) {
  const [wanted, change] = useUrlState(URL_STATE);
  const pools = chosenPools(all, wanted);
  return (
    <Stack gap="md">
      <Filters>
        <FilterChoice label="State" value={wanted.status} choices={POOL_STATES} onChange={(status) => change({ status })} />
        <FilterText label="Name" value={wanted.name} onChange={(name) => change({ name })} />
        <Button variant="default" aria-pressed={wanted.short} onClick={() => change({ short: !wanted.short })} w={{ base: 'calc(50% - 6px)', sm: 'auto' }}>
          {wanted.short ? 'Also those that are full' : 'Too few ready'}
        </Button>
        <Select aria-label="Order" data={ORDERS} value={wanted.sort} allowDeselect={false} onChange={(sort) => change({ sort: sort as PoolOrder })} w={{ base: 'calc(50% - 6px)', sm: 230 }} />
      </Filters>
      {pools.length === 0 ? (
        <NoMatch />
      ) : (
        <SimpleGrid minColWidth="min(22rem, 100%)" spacing="md">
          {pools.map((report) => (
            <PoolCard key={report.pool.id} report={report} />
          ))}
        </SimpleGrid>
      )}
      {pools.length > 0 && pools.length < all.length && (
        <Text size="xs" c="dimmed" role="status" className="lcm-numbers">
          {pools.length.toLocaleString('en')} of {all.length.toLocaleString('en')}
        </Text>
      )}
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
