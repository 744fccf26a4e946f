import { SegmentedControl, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useApi } from '../../api/useApi';
import type { WorkerRow } from '../../api/types';
import { Answered } from '../../components/Answered';
import { ChartPlace } from '../../components/charts/ChartPlace';
import { Panel } from '../../components/Panel';
import { useNow } from '../../components/useNow';
import { pointsOf } from './series';

const TimeChart = lazy(() => import('../../components/charts/TimeChart'));
const HOURS = { '1': 'Hour', '24': 'Day', '168': 'Week' } as const;
type Hours = keyof typeof HOURS;
const SHOWN = [
  { name: 'cpu_percent', label: 'CPU', tone: 'lcm.6' },
  { name: 'memory_percent', label: 'Memory', tone: 'orange.6' },
  { name: 'storage_percent', label: 'Storage', tone: 'grape.6' },
] as const;

/** How busy the host was, in percent, over the hour, the day or the week. */
export function Utilisation({ worker }: { worker: WorkerRow }) {
  const [hours, setHours] = useState<Hours>('1');
  const minute = Math.floor(useNow(60_000) / 60_000) * 60_000;
  const from = new Date(minute - Number(hours) * 3_600_000).toISOString();
  const metrics = useApi('/api/v1/workers/{worker_id}/metrics', { params: { path: { worker_id: worker.id }, query: { from } } }, { keep: true });
  const points = useMemo(() => metrics.data && pointsOf(metrics.data, SHOWN), [metrics.data]);
  return (
    <Panel title="Utilisation" aside={<SegmentedControl size="xs" aria-label="Over" value={hours} onChange={(chosen) => setHours(chosen as Hours)} data={Object.entries(HOURS).map(([value, label]) => ({ value, label }))} />}>
      <Answered query={metrics} height={240}>
        {() =>
          points && points.length > 0 ? (
            <Stack gap={4}>
              <Suspense fallback={<ChartPlace />}>
                <TimeChart label={`Utilisation of ${worker.name}, percent`} points={points} series={SHOWN} unit="%" max={100} />
              </Suspense>
            </Stack>
          ) : (
            <Text size="sm" c="dimmed">
              Nothing was measured in this time. Figures come while the host runs.
            </Text>
          )
        }
      </Answered>
    </Panel>
  );
}
