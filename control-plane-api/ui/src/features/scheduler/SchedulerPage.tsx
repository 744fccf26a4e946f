import { Stack, Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type Operation, useMay } from '../../api/access';
import { oneOf, useUrlState } from '../../app/urlState';
import { later } from '../../components/later';
import { PageTitle } from '../../components/PageTitle';
import { Waiting } from './Waiting';

const PLACE_PX = 320;
const TABS = ['queue', 'dry-run', 'decisions', 'ahead', 'scaling', 'rules', 'control'] as const;
type Tab = (typeof TABS)[number];

/** What stands in each tab, and what a role must be able to read to be offered it. */
const SHOWN: Record<Tab, { label: string; needs: Operation; Content: React.ComponentType }> = {
  queue: { label: 'Queue', needs: 'GET /api/v1/scheduler/queue', Content: Waiting },
  'dry-run': { label: 'Dry run', needs: 'POST /api/v1/scheduler/dry-run', Content: later(async () => (await import('./DryRun')).DryRun, PLACE_PX) },
  decisions: { label: 'Decisions', needs: 'GET /api/v1/scheduler/decisions', Content: later(async () => (await import('./Decisions')).Decisions, PLACE_PX) },
  ahead: { label: 'Ahead', needs: 'GET /api/v1/scheduler/landscape', Content: later(async () => (await import('./Ahead')).Ahead, PLACE_PX) },
  scaling: { label: 'Scaling', needs: 'GET /api/v1/scaling-decisions', Content: later(async () => (await import('./Scaling')).Scaling, PLACE_PX) },
  rules: { label: 'Rules', needs: 'GET /api/v1/scheduler/policy', Content: later(async () => (await import('./Rules')).Rules, PLACE_PX) },
  control: { label: 'Control', needs: 'GET /api/v1/reconcilers', Content: later(async () => (await import('../../components/Reconcilers')).Reconcilers, PLACE_PX) },
};
const URL_STATE = { tab: oneOf(TABS, 'queue') };

/** Who waits for room and why, what was decided, what lies ahead, by which rules, and how to steer it. */
export default function SchedulerPage() {
  const [{ tab }] = useUrlState(URL_STATE);
  const may = useMay();
  const navigate = useNavigate();
  // The filters of one tab mean nothing in another.
  const go = (chosen: string | null) => void navigate({ to: '.', search: { tab: chosen === 'queue' ? undefined : chosen } as never });
  return (
    <Stack gap="md">
      <PageTitle title="Scheduler" hint="Who waits for room and why, what was decided, what lies ahead, and by which rules." />
      <Tabs value={tab} onChange={go} keepMounted={false}>
        <Tabs.List>
          {TABS.filter((each) => may(SHOWN[each].needs)).map((each) => (
            <Tabs.Tab key={each} value={each}>
              {SHOWN[each].label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.filter((each) => may(SHOWN[each].needs)).map((each) => {
          const { Content } = SHOWN[each];
          return (
            <Tabs.Panel key={each} value={each} pt="md">
              <Content />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </Stack>
  );
}
