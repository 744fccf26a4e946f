import { Stack } from '@mantine/core';
import { useMay } from '../../api/access';
import { text, useUrlState } from '../../app/urlState';
import { PageTitle } from '../../components/PageTitle';
import { Leaders } from './Leaders';
import { Queue } from './Queue';
import { WhyPending } from './WhyPending';

const URL_STATE = { why: text() };

export default function SchedulerPage() {
  const [{ why }, change] = useUrlState(URL_STATE);
  const may = useMay();
  return (
    <Stack gap="md">
      <PageTitle title="Scheduler" hint="What waits for room, and why." />
      {may('GET /api/v1/scheduler/leaders') && <Leaders />}
      <Queue ask={(sessionId) => change({ why: sessionId }, { push: true })} />
      <WhyPending sessionId={why} close={() => change({ why: undefined })} />
    </Stack>
  );
}
