import { Group, Progress, Stack, Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { DIMENSIONS } from '../../components/dimensions';

/** What the workers that serve can hold, and what is held of it now. */
export function FleetNow() {
  const capacity = useApi('/api/v1/capacity', {}, { kinds: ['cml_worker'] });
  return (
    <Panel title="Fleet now" aside={<PageLink to="/workers">Workers</PageLink>}>
      <Answered query={capacity}>
        {({ declared, allocated_now, workers_by_status }) => (
          <Stack gap="sm">
            {DIMENSIONS.map(([key, name]) => {
              const [held, all] = [allocated_now[key] ?? 0, declared[key] ?? 0];
              return (
                <div key={key}>
                  <Group justify="space-between">
                    <Text size="sm">{name}</Text>
                    <Text size="sm" className="lcm-numbers">
                      {held.toLocaleString('en')} of {all.toLocaleString('en')}
                    </Text>
                  </Group>
                  <Progress value={all ? (100 * held) / all : 0} aria-label={`${name}: ${held} of ${all} held`} />
                </div>
              );
            })}
            <ByStatus counts={workers_by_status} />
          </Stack>
        )}
      </Answered>
    </Panel>
  );
}

/** How many workers stand in each state; each number leads to them. */
function ByStatus({ counts }: { counts: Readonly<Record<string, number>> }) {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  if (some.length === 0) return <Text size="sm" c="dimmed">No worker. One is launched when a booking needs it, or by an operator.</Text>;
  return (
    <Group gap="xs">
      {some.map(([status, count]) => (
        <PageLink key={status} to="/workers" search={{ status }}>
          {count.toLocaleString('en')} {status.toLowerCase()}
        </PageLink>
      ))}
    </Group>
  );
}
