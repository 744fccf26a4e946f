import { Card, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { figuresOf, lagText, QUEUES } from './queueWords';

type Status = Schemas['SystemStatus'];

/** How much work waits, where, and whether everybody is told in time. */
export function Queues({ queues, feed }: Pick<Status, 'queues' | 'feed'>) {
  return (
    <Panel title="Queues">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3, xl: 6 }} spacing="sm">
        {queues.map((queue) => {
          const { title, to } = QUEUES[queue.name];
          return (
            <Card key={queue.name} withBorder padding="sm" component="article" aria-label={title}>
              <Stack gap={2}>
                <PageLink to={to} fw={600}>
                  {title}
                </PageLink>
                <Text size="sm" className="lcm-numbers">
                  {figuresOf(queue)}
                </Text>
                {queue.oldest_at && (
                  <Text size="sm" c="dimmed" component="div">
                    the oldest <Moment at={queue.oldest_at} />
                  </Text>
                )}
              </Stack>
            </Card>
          );
        })}
        <Card withBorder padding="sm" component="article" aria-label="Change feed">
          <Stack gap={2}>
            <Text size="sm" fw={600}>
              Change feed
            </Text>
            <Text size="sm" className="lcm-numbers">
              {lagText(feed)}
            </Text>
          </Stack>
        </Card>
      </SimpleGrid>
    </Panel>
  );
}
