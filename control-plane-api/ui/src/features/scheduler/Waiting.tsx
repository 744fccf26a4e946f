import { Stack } from '@mantine/core';
import { useMay } from '../../api/access';
import { text, useUrlState } from '../../app/urlState';
import { Leaders } from './Leaders';
import { Queue } from './Queue';
import { WhyPending } from './WhyPending';

const URL_STATE = { why: text() };

/** Who decides, who waits, and why. */
export function Waiting() {
  const [{ why }, change] = useUrlState(URL_STATE);
  const may = useMay();
  return (
    <Stack gap="md" className="lcm-in-turn">
      {may('GET /api/v1/scheduler/leaders') && <Leaders />}
      <Queue ask={(sessionId) => change({ why: sessionId }, { push: true })} />
      <WhyPending sessionId={why} close={() => change({ why: undefined })} />
    </Stack>
  );
}
