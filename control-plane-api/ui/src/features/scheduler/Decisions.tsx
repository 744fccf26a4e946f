import { Card, Group, Stack, Text } from '@mantine/core';
import { IconGitFork } from '@tabler/icons-react';
import { useMemo } from 'react';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterPeriod } from '../../components/FilterMoment';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { useLiveRows } from '../../live/useLive';
import { type Decision, OUTCOMES, type Outcome } from './decisionWords';

const CHOICES = (Object.keys(OUTCOMES) as Outcome[]).map((value) => ({ value, label: OUTCOMES[value].label }));
const LISTED = ['id', 'session_id', 'at', 'outcome', 'worker_id', 'template_name', 'summary'] as const satisfies readonly (keyof Decision)[];
type Listed = Pick<Decision, (typeof LISTED)[number]>;
const URL_STATE = {
  outcome: maybeOneOf(['assign', 'scale_up', 'wait']),
  session_id: text(),
  worker_id: text(),
  from: text(40),
  to: text(40),
  sort: oneOf(['-at', 'at'], '-at'),
};

/** Every decision about where a session goes; each tells of all workers that were looked at. */
export function Decisions() {
  const [{ sort, ...filters }, change] = useUrlState(URL_STATE);
  const list = useResourceList<Listed>({ path: '/api/v1/scheduler/decisions', filters: { ...filters, fields: LISTED.join(',') }, sort, rereadOn: ['lablet_session'] });
  const named = useNamed();
  const columns = useMemo(() => columnsFor(named), [named]);
  return (
    <Stack gap="md">
      <Filters>
        <FilterChoice label="Outcome" value={filters.outcome} choices={CHOICES} onChange={(outcome) => change({ outcome })} />
        <FilterText label="Session (its id)" value={filters.session_id} onChange={(session_id) => change({ session_id })} />
        <FilterText label="Worker (its id)" value={filters.worker_id} onChange={(worker_id) => change({ worker_id })} />
        <FilterPeriod from={filters.from} to={filters.to} onChange={change} />
      </Filters>
      <ResourceTable
        label="Placement decisions"
        list={list}
        columns={columns}
        card={(row) => <DecisionCard row={row} named={named} />}
        open={(row) => `/scheduler/decisions/${row.id}`}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        filtered={Object.values(filters).some(Boolean)}
        empty={
          <EmptyState icon={IconGitFork} title="Nothing was decided yet">
            As soon as a session is booked, it is told here where it goes, and why.
          </EmptyState>
        }
      />
    </Stack>
  );
}

interface Named {
  session: (id: string) => string;
  worker: (id: string | null | undefined) => string;
}

/** Names of what is live; of what is gone the beginning of its id. */
function useNamed(): Named {
  const sessions = useLiveRows('lablet_session');
  const workers = useLiveRows('cml_worker');
  return useMemo(
    () => ({
      session: (id) => {
        const row = sessions?.get(id);
        return row ? `${row.definition_name}, ${row.candidate.username}` : id.slice(0, 8);
      },
      worker: (id) => (id ? (workers?.get(id)?.name ?? id.slice(0, 8)) : ''),
    }),
    [sessions, workers],
  );
}

const columnsFor = (named: Named): Column<Listed>[] => [
  { id: 'at', header: 'When', width: '8rem', sort: 'at', cell: (row) => <Moment at={row.at} /> },
  { id: 'outcome', header: 'Outcome', width: '12rem', cell: (row) => <StatusBadge status={OUTCOMES[row.outcome].label} tone={OUTCOMES[row.outcome].tone} /> },
  {
    id: 'what',
    header: 'Session',
    width: 'minmax(12rem, 1.5fr)',
    cell: (row) => (
      <PageLink to={`/scheduler/decisions/${row.id}`} fw={600} tabIndex={-1} truncate>
        {named.session(row.session_id)}
      </PageLink>
    ),
  },
  { id: 'why', header: 'What was found', width: 'minmax(14rem, 3fr)', cell: (row) => <Cut>{row.summary}</Cut> },
  { id: 'where', header: 'Worker', from: 960, width: 'minmax(8rem, 1fr)', cell: (row) => <Cut>{named.worker(row.worker_id) || row.template_name || '–'}</Cut> },
];

function DecisionCard({ row, named }: { row: Listed; named: Named }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600} truncate>
            {named.session(row.session_id)}
          </Text>
          <StatusBadge status={OUTCOMES[row.outcome].label} tone={OUTCOMES[row.outcome].tone} />
        </Group>
        <Text size="sm" lineClamp={2}>
          {row.summary}
        </Text>
        <Moment at={row.at} />
      </Stack>
    </Card>
  );
}
