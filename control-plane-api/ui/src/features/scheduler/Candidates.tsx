import { Group, Stack, Text } from '@mantine/core';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { byHope, type Candidate, whyNot } from './whyNot';

/** Every worker that was looked at, with its first failing check or its score, and when it would fit. */
export function Candidates({ candidates }: { candidates: readonly Candidate[] }) {
  if (candidates.length === 0) return <Text size="sm">There was no worker to look at.</Text>;
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Workers that were looked at">
      {byHope(candidates).map((each) => (
        <li key={each.worker_id}>
          <Group justify="space-between" gap="xs">
            <PageLink to={`/workers/${each.worker_id}`}>{each.worker_name}</PageLink>
            {each.score != null && (
              <Text size="sm" className="lcm-numbers">
                score {each.score.toFixed(2)}
              </Text>
            )}
          </Group>
          <Text size="sm">{whyNot(each)}</Text>
          {!each.eligible && (
            <Text size="sm" c="dimmed" component="div">
              {each.earliest_fit_at ? (
                <>
                  Would fit <Moment at={each.earliest_fit_at} />
                </>
              ) : (
                'It is not known when it would fit'
              )}
            </Text>
          )}
        </li>
      ))}
    </Stack>
  );
}
