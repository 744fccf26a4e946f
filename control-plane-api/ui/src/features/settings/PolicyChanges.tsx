import { Card, Group, List, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { labelOf, toldAt } from '../../components/settings/settingValues';
import { EmptyState } from '../../components/states';

/** Who changed what of the policy, when and why. */
export function PolicyChanges() {
  const changes = useApi('/api/v1/system/settings/changes', { params: { query: { limit: 50 } } }, { kinds: ['system_settings'] });
  return (
    <Answered query={changes} height={240}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={IconHistory} title="Nobody has changed anything">
            The defaults hold. Each change of the policy stands here from then on, with who made it, when and why.
          </EmptyState>
        ) : (
          <Stack gap="sm">
            {rows.map((row) => (
              <Card key={row.version} withBorder component="article" aria-label={`Version ${row.version}`}>
                <Stack gap={4}>
                  <Group justify="space-between">
                    <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                      {row.by}: {row.reason}
                    </Text>
                    <Group gap="xs">
                      <Text size="sm" c="dimmed">
                        Version {row.version}
                      </Text>
                      <Moment at={row.at} />
                    </Group>
                  </Group>
                  <List size="sm">
                    {row.changes.map((change) => (
                      <List.Item key={change.path} style={{ overflowWrap: 'anywhere' }}>
                        {labelOf(change.path)} ({change.path}): {toldAt(change.path, change.before)} → {toldAt(change.path, change.after)}
                      </List.Item>
                    ))}
                  </List>
                </Stack>
              </Card>
            ))}
          </Stack>
        )
      }
    </Answered>
  );
}
