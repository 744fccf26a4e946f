import { Group, Stack, Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';

/** Which instance decides for each service. */
export function Leaders() {
  const leaders = useApi('/api/v1/scheduler/leaders', {}, { everyMs: 5_000 });
  return (
    <Panel title="Leaders">
      <Answered query={leaders}>
        {(services) => (
          <Stack gap="xs">
            {services.map(({ service, instance, since }) => (
              <Group key={service} justify="space-between" gap="xs">
                <Text size="sm" fw={500}>
                  {service}
                </Text>
                <Group gap="xs" style={{ minWidth: 0 }}>
                  {instance ? (
                    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {instance}
                    </Text>
                  ) : (
                    <StatusBadge status="Nobody leads" tone="bad" />
                  )}
                  {since && <Moment at={since} />}
                </Group>
              </Group>
            ))}
          </Stack>
        )}
      </Answered>
    </Panel>
  );
}
