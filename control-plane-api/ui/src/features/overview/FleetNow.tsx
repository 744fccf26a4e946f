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
            <Text size="sm" c="dimmed">
              {Object.entries(workers_by_status).filter(([, count]) => count > 0).map(([status, count]) => `${count} ${status.toLowerCase()}`).join(', ') || 'No worker'}
            </Text>
          </Stack>
        )}
      </Answered>
    </Panel>
  );
}
