import { Button, Drawer, Group, List, Stack, Text } from '@mantine/core';
import { useAction, useAllowed } from '../../actions/useAction';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import { acknowledging } from './acknowledging';
import { type Notification, severityTone, State } from './notificationColumns';
import { pageOf, thingLink } from './thingLink';

/** One notification: what is the matter, what to do, which things, who knows of it. */
export function NotificationDrawer({ shown, close }: { shown: Notification | null; close: () => void }) {
  return (
    <Drawer opened={shown !== null} onClose={close} position="right" size="lg" title={shown?.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      {shown && <Content shown={shown} close={close} />}
    </Drawer>
  );
}

function Content({ shown, close }: { shown: Notification; close: () => void }) {
  const ask = useAction();
  const [acknowledge] = useAllowed([acknowledging([shown], close)]);
  const page = pageOf(shown);
  const { acknowledged, things = [] } = shown;
  const [to, query] = (page ?? '').split('?');
  return (
    <Stack>
      <Group gap="xs">
        <StatusBadge status={shown.severity} tone={severityTone(shown)} />
        <State of={shown} />
      </Group>
      <Text style={{ overflowWrap: 'anywhere' }}>{shown.text}</Text>
      <Stack gap={2}>
        <Text size="sm" fw={600}>
          What to do
        </Text>
        <Text size="sm">{shown.advice}</Text>
      </Stack>
      <Group>
        {acknowledge && !acknowledge.blocked && <Button onClick={() => ask(acknowledge)}>Acknowledge</Button>}
        {to && (
          <PageLink to={to} search={Object.fromEntries(new URLSearchParams(query))}>
            Look at it
          </PageLink>
        )}
      </Group>
      <DefinitionList
        facts={[
          ['About', shown.subject.name || shown.subject.id],
          ['Since', <Moment key="since" at={shown.opened_at} />],
          ['Last change', <Moment key="changed" at={shown.changed_at} />],
          ['Until', shown.cleared_at && <Moment key="until" at={shown.cleared_at} />],
          ['Counts', shown.count],
          ['Acknowledged by', acknowledged && `${acknowledged.by}${acknowledged.note ? `: ${acknowledged.note}` : ''}`],
          ['At', acknowledged && <Moment key="at" at={acknowledged.at} />],
        ]}
      />
      {things.length > 0 && (
        <Stack gap={2}>
          <Text size="sm" fw={600}>
            {things.length < shown.count ? `The first ${things.length} of ${shown.count}` : 'Which'}
          </Text>
          <List size="sm">
            {things.map((thing) => {
              const link = thingLink(thing);
              const name = thing.name ? `${thing.name} · ${thing.id.slice(0, 8)}` : thing.id;
              return <List.Item key={thing.id}>{link ? <PageLink to={link}>{name}</PageLink> : name}</List.Item>;
            })}
          </List>
        </Stack>
      )}
    </Stack>
  );
}
