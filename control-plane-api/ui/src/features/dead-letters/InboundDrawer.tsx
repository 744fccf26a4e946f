import { Button, Code, Drawer, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useAction, useAllowed } from '../../actions/useAction';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { Json } from '../../components/Json';
import { Moment } from '../../components/Moment';
import { Fate } from './InboundList';
import { canBeReplayed, replayInbound } from './inboundActions';
import { instantText } from '../../components/instantText';
import { SessionLink } from '../../components/ThingLink';

export type Inbound = Schemas['InboundEventRecord'];

/** Everything that is known of one received event, and its replay. */
export function InboundDrawer({ id, close }: { id: string | undefined; close: () => void }) {
  const event = useApi('/api/v1/inbound-events/{event_id}', { params: { path: { event_id: id ?? '' } } }, { enabled: id !== undefined, everyMs: 5_000 });
  return (
    <Drawer opened={id !== undefined} onClose={close} position="right" size="lg" title="Received event" closeButtonProps={{ 'aria-label': 'Close' }}>
      {id !== undefined && <Answered query={event}>{(found) => <Letter event={found} />}</Answered>}
    </Drawer>
  );
}

function Letter({ event }: { event: Inbound }) {
  const ask = useAction();
  const [replay] = useAllowed([replayInbound([event])]);
  const local = (at: string | null | undefined) => at && instantText(at);
  return (
    <Stack gap="md">
      <DefinitionList
        facts={{
          Event: event.type,
          Fate: <Fate status={event.status} />,
          Why: event.reason,
          From: event.source,
          'Sent as': event.sender,
          About: event.subject,
          Session: event.session_id && <SessionLink id={event.session_id} />,
          'Event id': <Code>{event.event_id}</Code>,
          Happened: local(event.time),
          Received: local(event.received_at),
          Applied: local(event.applied_at),
          Tries: event.attempts,
          'Tried next': event.due_at && <Moment at={event.due_at} />,
          'Given up': event.give_up_at && <Moment at={event.give_up_at} />,
        }}
      />
      {replay && canBeReplayed(event) && (
        <Button leftSection={<IconRefresh size={16} />} onClick={() => ask(replay)} style={{ alignSelf: 'flex-start' }}>
          Apply it again
        </Button>
      )}
      {(event.replays ?? []).length > 0 && (
        <div>
          <Text fw={600} size="sm">
            Applied again
          </Text>
          {event.replays?.map((each) => (
            <Text size="sm" key={each.at}>
              {each.by}, <Moment at={each.at} />
            </Text>
          ))}
        </div>
      )}
      <Json value={event.data} label="Data of the event" />
    </Stack>
  );
}
