import { Group, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import type { WorkerRow } from '../../api/types';
import { oneOf, useUrlState } from '../../app/urlState';
import { workerTone } from '../../app/theme';
import { FilterChoice, Filters } from '../../components/Filters';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState, LoadingRows } from '../../components/states';
import { useLiveRows } from '../../live/useLive';
import { type Dimension, DIMENSIONS } from '../../components/dimensions';
import { costPerDay, type Figures, figuresOf, totalOf } from './capacity';

const URL_STATE = { of: oneOf(['cpu_cores', 'memory_gb', 'storage_gb', 'nodes'], 'cpu_cores') };
const amount = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en'));
const dollars = (value: number) => value.toLocaleString('en', { style: 'currency', currency: 'USD' });

/** What the fleet can hold, what is held, what is in use, and what is promised: side by side. */
export default function CapacityPage() {
  const workers = useLiveRows('cml_worker');
  const [{ of }, change] = useUrlState(URL_STATE);
  if (!workers) return <LoadingRows />;
  const present = [...workers.values()].filter((worker) => worker.status !== 'TERMINATED').sort((one, other) => one.name.localeCompare(other.name));
  const now = Date.now();
  const cost = present.reduce((sum, worker) => sum + costPerDay(worker), 0);
  const serving = present.filter((worker) => worker.placeable);
  return (
    <Stack gap="md">
      <PageTitle title="Capacity" hint={`${serving.length} of ${present.length} workers take sessions · ${dollars(cost)} a day at the present rate`} />
      {present.length === 0 ? (
        <EmptyState icon={IconChartBar} title="The fleet is empty">A worker is launched by itself when a booking needs one; its capacity is then told here.</EmptyState>
      ) : (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
            {DIMENSIONS.map(([key, name]) => (
              <Panel key={key} title={name}>
                <Bars name={name} figures={totalOf(serving.map((worker) => figuresOf(worker, key, now)))} />
              </Panel>
            ))}
          </SimpleGrid>
          <Panel title="By worker">
            <Filters>
              <FilterChoice label="Dimension" value={of} choices={DIMENSIONS.map(([value, label]) => ({ value, label }))} onChange={(chosen) => change({ of: chosen ?? 'cpu_cores' })} />
            </Filters>
            <ByWorker workers={present} of={of} now={now} />
          </Panel>
        </>
      )}
    </Stack>
  );
}

function Bars({ name, figures }: { name: string; figures: Figures }) {
  const rows = [
    ['Allocated now', figures.allocated],
    ['Measured in use', figures.measured],
    ['Committed in future, at most', figures.committed],
  ] as const;
  return (
    <Stack gap="xs">
      <Group justify="space-between"><Text size="sm">Declared</Text><Text size="sm" fw={600} className="lcm-numbers">{amount(figures.declared)}</Text></Group>
      {rows.map(([label, value]) => (
        <div key={label}>
          <Group justify="space-between"><Text size="sm">{label}</Text><Text size="sm" className="lcm-numbers">{amount(value)}</Text></Group>
          <Progress value={figures.declared ? Math.min(100, (100 * (value ?? 0)) / figures.declared) : 0} aria-label={`${name}, ${label}: ${amount(value)} of ${amount(figures.declared)}`} />
        </div>
      ))}
    </Stack>
  );
}

function ByWorker({ workers, of, now }: { workers: readonly WorkerRow[]; of: Dimension; now: number }) {
  return (
    <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'By worker' } }}>
      <Table className="lcm-numbers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Worker</Table.Th>
            <Table.Th>State</Table.Th>
            {['Declared', 'Allocated', 'Measured', 'Committed', 'A day'].map((head) => <Table.Th key={head} ta="right">{head}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map((worker) => {
            const { declared, allocated, measured, committed } = figuresOf(worker, of, now);
            return (
              <Table.Tr key={worker.id}>
                <Table.Td fw={600}>{worker.name}</Table.Td>
                <Table.Td><StatusBadge status={worker.status} tone={workerTone[worker.status]} /></Table.Td>
                {[declared, allocated, measured, committed].map((value, index) => <Table.Td key={index} ta="right">{amount(value)}</Table.Td>)}
                <Table.Td ta="right">{dollars(costPerDay(worker))}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
