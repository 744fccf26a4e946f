import { Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import type { WorkerRow } from '../../api/types';
import { workerTone } from '../../app/theme';
import { type Dimension, DIMENSIONS } from '../../components/dimensions';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import type { Column } from '../../components/table/column';
import { ResourceTable } from '../../components/table/ResourceTable';
import type { ResourceList } from '../../components/table/useResourceList';
import { byWorker, type Figures, type FiguresAt, SORTS, type WorkerFigures } from './capacity';
import { amount, dollars } from './words';

const URL_STATE = {
  of: oneOf(DIMENSIONS.map(([key]) => key), 'cpu_cores'),
  status: maybeOneOf(Object.keys(workerTone) as WorkerRow['status'][]),
  name: text(),
  sort: oneOf(SORTS.flatMap((each) => [each, `-${each}`] as const), 'name'),
};

const FIGURES = [
  ['declared', 'Declared'],
  ['allocated', 'Allocated'],
  ['measured', 'Measured'],
  ['committed', 'Committed'],
] as const satisfies readonly (readonly [keyof Figures, string])[];

const COLUMNS: readonly Column<WorkerFigures>[] = [
  {
    id: 'name',
    header: 'Worker',
    sort: 'name',
    width: 'minmax(12rem, 3fr)',
    cell: ({ worker }) => (
      <PageLink to={`/workers/${worker.id}`} fw={600} tabIndex={-1} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
        {worker.name}
      </PageLink>
    ),
  },
  { id: 'status', header: 'State', width: '9rem', cell: ({ worker }) => <StatusBadge status={worker.status} tone={workerTone[worker.status]} /> },
  ...FIGURES.map(([key, header]): Column<WorkerFigures> => ({ id: key, header, sort: key, align: 'end', width: 'minmax(5.5rem, 1fr)', cell: ({ figures }) => <Text size="sm" className="lcm-numbers">{amount(figures[key])}</Text> })),
  { id: 'cost', header: 'A day', sort: 'cost', align: 'end', width: 'minmax(6.5rem, 1fr)', from: 800, cell: ({ cost }) => <Text size="sm" className="lcm-numbers">{dollars(cost)}</Text> },
];

/** One dimension of every worker, side by side. */
export function ByWorker({ workers, figuresAt }: { workers: readonly WorkerRow[]; figuresAt: FiguresAt }) {
  const [{ of, status, name, sort }, change] = useUrlState(URL_STATE);
  const rows = useMemo(() => byWorker(workers, { status, name, sort }, (worker) => figuresAt(worker, of)), [workers, figuresAt, of, status, name, sort]);
  return (
    <Stack gap="sm">
      <Filters>
        <FilterChoice always label="Dimension" value={of} choices={DIMENSIONS.map(([value, label]) => ({ value, label }))} onChange={(chosen) => change({ of: (chosen as Dimension | undefined) ?? 'cpu_cores' })} />
        <FilterChoice label="State" value={status} choices={Object.keys(workerTone) as WorkerRow['status'][]} onChange={(chosen) => change({ status: chosen })} />
        <FilterText label="Name" value={name} onChange={(said) => change({ name: said })} />
      </Filters>
      <ResourceTable
        label="By worker"
        list={wholeList(rows)}
        columns={COLUMNS}
        card={(row) => <WorkerFiguresCard row={row} />}
        open={({ worker }) => `/workers/${worker.id}`}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        filtered={Boolean(status ?? name)}
        empty={null}
      />
    </Stack>
  );
}

function WorkerFiguresCard({ row: { worker, figures, cost } }: { row: WorkerFigures }) {
  return (
    <Card withBorder padding="sm" h="100%">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <PageLink to={`/workers/${worker.id}`} fw={600} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {worker.name}
          </PageLink>
          <StatusBadge status={worker.status} tone={workerTone[worker.status]} />
        </Group>
        <SimpleGrid cols={2} spacing="md" verticalSpacing={2}>
          {FIGURES.map(([key, header]) => (
            <Group key={key} justify="space-between" gap="xs">
              <Text size="sm" c="dimmed">
                {header}
              </Text>
              <Text size="sm" className="lcm-numbers">
                {amount(figures[key])}
              </Text>
            </Group>
          ))}
        </SimpleGrid>
        <Text size="sm" ta="right" className="lcm-numbers">
          {dollars(cost)} a day
        </Text>
      </Stack>
    </Card>
  );
}

const nothing = () => undefined;

/** What the stream keeps is there as a whole: no page of it is to be read. */
function wholeList<T>(rows: readonly T[]): ResourceList<T> {
  return { rows, total: rows.length, totalIsExact: true, hasMore: false, loadMore: nothing, isLoadingMore: false, isStale: false, error: null, retry: nothing };
}
