import { Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useMemo } from 'react';
import { DIMENSIONS } from '../../components/dimensions';
import { NextStep } from '../../components/NextStep';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { EmptyState, LoadingRows } from '../../components/states';
import { useNow } from '../../components/useNow';
import { useLiveRows } from '../../live/useLive';
import { ByWorker } from './ByWorker';
import { costPerDay, type Figures, figuresAt, totalOf } from './capacity';
import { amount, dollars } from './words';

const MINUTE_MS = 60_000;

/** What the fleet can hold, what is held, what is in use, and what is promised: side by side. */
export default function CapacityPage() {
  const workers = useLiveRows('cml_worker');
  const now = useNow(MINUTE_MS);
  const at = useMemo(() => figuresAt(now), [now]);
  const present = useMemo(() => [...(workers?.values() ?? [])].filter((worker) => worker.status !== 'TERMINATED'), [workers]);
  if (!workers) return <LoadingRows />;
  const cost = present.reduce((sum, worker) => sum + costPerDay(worker), 0);
  const serving = present.filter((worker) => worker.placeable);
  return (
    <Stack gap="md">
      <PageTitle title="Capacity" hint={`${serving.length} of ${present.length} workers take sessions · ${dollars(cost)} a day at the present rate`} />
      {present.length === 0 ? (
        <EmptyState icon={IconChartBar} title="The fleet is empty" action={<NextStep needs="GET /api/v1/worker-templates" to="/templates">To the templates</NextStep>}>A worker is launched by itself when a booking needs one, or from its template; its capacity is then told here.</EmptyState>
      ) : (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
            {DIMENSIONS.map(([key, name]) => (
              <Panel key={key} title={name}>
                <Bars name={name} figures={totalOf(serving.map((worker) => at(worker, key)))} />
              </Panel>
            ))}
          </SimpleGrid>
          <Panel title="By worker">
            <ByWorker workers={present} figuresAt={at} />
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
          <Group justify="space-between" wrap="nowrap" align="flex-end" gap="xs"><Text size="sm">{label}</Text><Text size="sm" className="lcm-numbers">{amount(value)}</Text></Group>
          <Progress value={figures.declared ? Math.min(100, (100 * (value ?? 0)) / figures.declared) : 0} aria-label={`${name}, ${label}: ${amount(value)} of ${amount(figures.declared)}`} />
        </div>
      ))}
    </Stack>
  );
}
