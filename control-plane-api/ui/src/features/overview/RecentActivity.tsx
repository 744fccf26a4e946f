import { Group, Stack, Text } from '@mantine/core';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { ScrollPart } from '../../components/ScrollPart';
import { happeningText, placeOf } from '../../live/happeningText';
import { useHappenings } from '../../live/useLive';

const SHOWN = 50;
const HEIGHT = '17.5rem';

/** What happened while this page was open, the newest first. What comes changes nothing about the height of the panel. */
export function RecentActivity() {
  const happenings = useHappenings().slice(0, SHOWN);
  return (
    <Panel title="Recent activity">
      <ScrollPart label="What happened" height={HEIGHT} fixed>
        {happenings.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing has happened since this page was opened. It appears here the moment that it does.
          </Text>
        )}
        <Stack gap={6} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
          {happenings.map((each) => (
            <Group key={each.id} component="li" justify="space-between" wrap="nowrap" gap="xs">
              <Text size="sm" truncate>
                {happeningText(each)}{' '}
                <Text span size="xs" c="dimmed">
                  {each.actor}
                </Text>
              </Text>
              <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>
                {placeOf(each) && (
                  <PageLink to={placeOf(each) as string} size="xs">
                    {each.aggregateId.slice(0, 8)}
                  </PageLink>
                )}
                <Moment at={each.at} />
              </Group>
            </Group>
          ))}
        </Stack>
      </ScrollPart>
    </Panel>
  );
}
