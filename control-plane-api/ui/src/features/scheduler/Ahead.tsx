import { Group, SegmentedControl, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { IconCalendarTime } from '@tabler/icons-react';
import { lazy, Suspense, useMemo } from 'react';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { oneOf, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { ChartPlace } from '../../components/charts/ChartPlace';
import { FilterChoice } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { NextStep } from '../../components/NextStep';
import { EmptyState } from '../../components/states';
import { DIMENSIONS, type Dimension, isBare, peakOf, roomPoints, sessionPoints, SUPPLY } from './ahead';

const HourChart = lazy(() => import('../../components/charts/HourChart'));
type Landscape = Schemas['Landscape'];

const SPANS = [
  { value: '24', label: 'Day' },
  { value: '72', label: '3 days' },
  { value: '168', label: 'Week' },
  { value: '336', label: '2 weeks' },
];
const SESSIONS = [
  { label: 'Begin', tone: 'teal.6', as: 'bar' },
  { label: 'End', tone: 'gray.5', as: 'bar' },
  { label: 'Hold room', tone: 'lcm.6', as: 'line' },
  { label: 'Without room', tone: 'red.6', as: 'line' },
] as const;
const ROOM = [
  { label: 'Booked', tone: 'lcm.6', as: 'bar' },
  { label: 'Up or coming', tone: 'teal.7', as: 'line' },
  { label: 'With those that rest', tone: 'gray.6', as: 'line' },
] as const;
const URL_STATE = { hours: oneOf(['24', '72', '168', '336'], '24'), of: oneOf(['cpu_cores', 'memory_gb', 'storage_gb', 'nodes', 'ports'], 'cpu_cores') };

/** Sessions and booked room, hour by hour, against what the fleet can hold. */
export function Ahead() {
  const [{ hours, of }, change] = useUrlState(URL_STATE);
  const landscape = useApi('/api/v1/scheduler/landscape', { params: { query: { hours: Number(hours) } } }, { kinds: ['cml_worker', 'lablet_session'], everyMs: 60_000, keep: true });
  return (
    <Stack gap="md">
      <Group gap="sm">
        <SegmentedControl aria-label="How far ahead" value={hours} data={SPANS} onChange={(chosen) => change({ hours: chosen as typeof hours })} />
        <FilterChoice always label="Resource" value={of} choices={DIMENSIONS.map(([value, label]) => ({ value, label }))} onChange={(chosen) => change({ of: chosen ?? 'cpu_cores' })} />
      </Group>
      <Answered query={landscape} height={320}>
        {(answer) => (isBare(answer) ? <Bare /> : <Charts landscape={answer} of={of} />)}
      </Answered>
    </Stack>
  );
}

function Bare() {
  return (
    <EmptyState icon={IconCalendarTime} title="Nothing lies ahead" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>
      Nobody has booked in this time, and no worker is there. What is booked is shown here hour by hour, beside what the fleet can hold.
    </EmptyState>
  );
}

function Charts({ landscape, of }: { landscape: Landscape; of: Dimension }) {
  const sessions = useMemo(() => sessionPoints(landscape), [landscape]);
  const room = useMemo(() => roomPoints(landscape, of), [landscape, of]);
  const name = DIMENSIONS.find(([value]) => value === of)?.[1] ?? of;
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Panel title="Sessions by hour">
          <Suspense fallback={<ChartPlace />}>
            <HourChart label="Sessions that hold room, begin and end in each hour" points={sessions} series={SESSIONS} unit="sessions" />
          </Suspense>
        </Panel>
        <Panel title={`${name} by hour`}>
          <Suspense fallback={<ChartPlace />}>
            <HourChart label={`${name} that are booked in each hour, and there`} points={room} series={ROOM} unit={name} />
          </Suspense>
          <Fullest landscape={landscape} of={of} name={name} />
        </Panel>
      </SimpleGrid>
      <Panel title="What the fleet can hold">
        <Supply landscape={landscape} />
      </Panel>
    </>
  );
}

function Fullest({ landscape, of, name }: { landscape: Landscape; of: Dimension; name: string }) {
  const peak = peakOf(landscape, of);
  return (
    <Text size="sm" c="dimmed" component="div">
      {peak ? (
        <>
          The fullest hour begins <Moment at={peak.start} />: {peak.booked.toLocaleString('en')} {name} booked
          {peak.share !== undefined && `, ${Math.round(100 * peak.share)} % of all there is`}.
        </>
      ) : (
        'Nothing is booked in this time.'
      )}
    </Text>
  );
}

function Supply({ landscape: { supply } }: { landscape: Landscape }) {
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'What the fleet can hold' } }}>
      <Table aria-label="Workers by how near they are to serving" className="lcm-numbers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Workers</Table.Th>
            <Table.Th ta="right">Number</Table.Th>
            {DIMENSIONS.map(([value, label]) => (
              <Table.Th key={value} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {supply.map((each) => (
            <Table.Tr key={each.supply}>
              <Table.Td>{SUPPLY[each.supply] ?? each.supply}</Table.Td>
              <Table.Td ta="right">{each.workers.toLocaleString('en')}</Table.Td>
              {DIMENSIONS.map(([value]) => (
                <Table.Td key={value} ta="right">
                  {(each.capacity[value] ?? 0).toLocaleString('en')}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
