import { Button, Code, Drawer, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { DefinitionList } from '../../components/DefinitionList';
import type { Outbound } from './OutboundList';
import { instantText } from '../../components/instantText';
import { SessionLink, SubscriptionLink } from '../../components/ThingLink';

interface Props {
  letter: Outbound | null;
  replay: (letters: readonly Outbound[], done?: () => void) => Action;
  close: () => void;
}

/** Everything that is known of an event that no receiver took, and its replay. */
export function OutboundDrawer({ letter, replay, close }: Props) {
  return (
    <Drawer opened={letter !== null} onClose={close} position="right" size="lg" title="Event that was not delivered" closeButtonProps={{ 'aria-label': 'Close' }}>
      {letter && <Letter letter={letter} action={replay([letter], close)} />}
    </Drawer>
  );
}

/** A session by its name; any other stream as the log calls it. */
function aboutOf(stream: string) {
  const session = /^lablet_session-(.+)$/.exec(stream)?.[1];
  return session ? <SessionLink id={session} /> : stream;
}

function Letter({ letter, action }: { letter: Outbound; action: Action }) {
  const ask = useAction();
  const [replay] = useAllowed([action]);
  return (
    <Stack gap="md">
      <DefinitionList
        facts={{
          Event: letter.type,
          Why: letter.reason,
          About: aboutOf(letter.subject),
          Subscription: <SubscriptionLink id={letter.subscription_id} />,
          Owner: letter.owner_id,
          'Event id': <Code>{letter.event_id}</Code>,
          Happened: instantText(letter.time),
          'Given up': instantText(letter.dead_at),
          Tries: letter.attempts,
        }}
      />
      {replay && (
        <Button leftSection={<IconRefresh size={16} />} onClick={() => ask(replay)} style={{ alignSelf: 'flex-start' }}>
          Send it again
        </Button>
      )}
    </Stack>
  );
}
