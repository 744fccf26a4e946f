import { Text } from '@mantine/core';
import { IconCalendarTime } from '@tabler/icons-react';
import { lazy, Suspense, useMemo } from 'react';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { ChartPlace } from '../../components/charts/ChartPlace';
import { NextStep } from '../../components/NextStep';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { EmptyState } from '../../components/states';
import { aheadOf } from './aheadOf';

const TimeChart = lazy(() => import('../../components/charts/TimeChart'));
const SERIES = [
  { label: 'Booked', tone: 'lcm.6' },
  { label: 'There', tone: 'gray.6' },
] as const;

/** CPU cores that are booked in each of the next 24 hours, against those of the workers that are up or coming. */
export function FleetAhead() {
  const landscape = useApi('/api/v1/scheduler/landscape', { params: { query: { hours: 24 } } }, { everyMs: 30_000, keep: true });
  const ahead = useMemo(() => landscape.data && aheadOf(landscape.data), [landscape.data]);
  return (
    <Panel title="Next 24 hours">
      <Answered query={landscape} height={260}>
        {() =>
          ahead &&
          (ahead.isEmpty ? (
            <EmptyState icon={IconCalendarTime} title="Nothing is booked" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>
              No worker is up or coming either. What is booked is shown here against the room that there is.
            </EmptyState>
          ) : (
            <>
              <Suspense fallback={<ChartPlace />}>
                <TimeChart label="CPU cores booked in the next 24 hours, and there" points={ahead.points} series={SERIES} unit=" cores" />
              </Suspense>
              <Text size="sm" c="dimmed">
                {ahead.summary.map(({ text, to, search }) => (to ? <PageLink key={text} to={to} search={search}>{text}</PageLink> : text))}
              </Text>
            </>
          ))
        }
      </Answered>
    </Panel>
  );
}
