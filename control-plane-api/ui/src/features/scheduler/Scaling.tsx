import { Card, Group, Stack, Text } from '@mantine/core';
import { IconArrowsVertical } from '@tabler/icons-react';
import { useMay } from '../../api/access';
import { maybeOneOf, text, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterPeriod } from '../../components/FilterMoment';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { later } from '../../components/later';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { guardsText, KINDS, type ScalingDecision, type ScalingKind } from './scalingWords';
import { Strays } from './Strays';

const ScalingDrawer = later(async () => (await import('./ScalingDrawer')).ScalingDrawer);

const CHOICES = (Object.keys(KINDS) as ScalingKind[]).map((value) => ({ value, label: KINDS[value] }));
const URL_STATE = {
  kind: maybeOneOf(Object.keys(KINDS) as ScalingKind[]),
  taken: maybeOneOf(['true', 'false']),
  region: text(40),
  worker_id: text(),
  from: text(40),
  to: text(40),
  sort: maybeOneOf(['-at', 'at']),
};
const SHOWN = { open: text() };

/** Why the fleet is as large as it is: every decision with what it was made from, whether something was done or not. */
export function Scaling() {
  const [{ sort = '-at', ...filters }, change] = useUrlState(URL_STATE);
  const [{ open }, show] = useUrlState(SHOWN);
  const may = useMay();
  const list = useResourceList<ScalingDecision>({ path: '/api/v1/scaling-decisions', filters, sort, rereadOn: ['cml_worker'] });
  return (
    <Stack gap="md">
      {may('GET /api/v1/stray-instances') && <Strays />}
      <Filters>
        <FilterChoice label="Kind" value={filters.kind} choices={CHOICES} onChange={(kind) => change({ kind })} />
        <FilterChoice label="Done" value={filters.taken} choices={[{ value: 'true', label: 'Something was done' }, { value: 'false', label: 'Nothing was done' }]} onChange={(taken) => change({ taken })} />
        <FilterText label="Region (exactly)" value={filters.region} onChange={(region) => change({ region })} />
        <FilterText label="Worker (its id)" value={filters.worker_id} onChange={(worker_id) => change({ worker_id })} />
        <FilterPeriod from={filters.from} to={filters.to} onChange={change} />
      </Filters>
      <ResourceTable
        label="Scaling decisions"
        list={list}
        columns={COLUMNS}
        card={(row) => <ScalingCard row={row} />}
        onOpen={(row) => show({ open: row.id }, { push: true })}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        filtered={Object.values(filters).some(Boolean)}
        empty={
          <EmptyState icon={IconArrowsVertical} title="Nothing was decided yet">
            Every worker that is launched, kept, drained or removed appears here, with what the decision was made from.
          </EmptyState>
        }
      />
      <ScalingDrawer decision={open && list.rows ? (list.rows.find((row) => row.id === open) ?? null) : undefined} close={() => show({ open: undefined })} />
    </Stack>
  );
}

const subject = (row: ScalingDecision) => row.worker_name || row.template_name || row.ec2_instance_id || row.subject;

function Taken({ row }: { row: ScalingDecision }) {
  return <StatusBadge status={row.taken ? 'done' : 'left'} tone={row.taken ? 'good' : 'resting'} />;
}

const COLUMNS: Column<ScalingDecision>[] = [
  { id: 'at', header: 'When', width: '8rem', sort: 'at', cell: (row) => <Moment at={row.at} /> },
  { id: 'kind', header: 'Kind', width: '11rem', cell: (row) => <Cut>{KINDS[row.kind]}</Cut> },
  { id: 'taken', header: 'Done', width: '5.5rem', cell: (row) => <Taken row={row} /> },
  {
    id: 'what',
    header: 'What was found',
    width: 'minmax(14rem, 3fr)',
    cell: (row) => (
      <>
        <Cut>{row.summary}</Cut>
        {guardsText(row) && <Cut dimmed>{guardsText(row)}</Cut>}
      </>
    ),
  },
  { id: 'subject', header: 'Of', from: 820, width: 'minmax(9rem, 1.6fr)', cell: (row) => <Cut>{subject(row)}</Cut> },
  { id: 'count', header: 'Times', from: 1000, width: '5rem', align: 'end', cell: (row) => (row.count ?? 1).toLocaleString('en') },
  { id: 'by', header: 'By', from: 1100, width: 'minmax(9rem, 0.7fr)', cell: (row) => <Cut>{row.actor || row.decided_by || '–'}</Cut> },
];

function ScalingCard({ row }: { row: ScalingDecision }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600} truncate>
            {KINDS[row.kind]}
          </Text>
          <Taken row={row} />
        </Group>
        <Text size="sm" lineClamp={2}>
          {row.summary}
        </Text>
        <Group justify="space-between" wrap="nowrap">
          <Cut dimmed>{subject(row)}</Cut>
          <Moment at={row.at} />
        </Group>
      </Stack>
    </Card>
  );
}
