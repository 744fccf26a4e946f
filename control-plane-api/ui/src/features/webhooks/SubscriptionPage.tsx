import { Badge, Button, Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ActionMenu } from '../../actions/ActionMenu';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { AnsweredPage } from '../../components/AnsweredPage';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { later } from '../../components/later';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { useNewest } from '../../live/useLive';
import { SecretOnce } from './SecretOnce';
import { subscriptionActions } from './subscriptionActions';
import { stateText, stateTone, type Subscription } from './webhookWords';
import { instantText } from '../../components/instantText';
import { counted } from '../../components/counted';

const Deliveries = later(async () => (await import('./Deliveries')).Deliveries, 240);

const SubscriptionForm = later(async () => (await import('./SubscriptionForm')).SubscriptionForm);

export default function SubscriptionPage() {
  const { subscriptionId = '' } = useParams({ strict: false }) as { subscriptionId?: string };
  const fetched = useApi('/api/v1/subscriptions/{subscription_id}', { params: { path: { subscription_id: subscriptionId } } }, { kinds: ['subscription'] });
  const subscription = useNewest<Subscription>('subscription', fetched.data);
  return <AnsweredPage query={fetched} thing="subscription" back={{ to: '/webhooks', label: 'Webhooks' }}>{() => subscription && <Detail subscription={subscription} />}</AnsweredPage>;
}

function Detail({ subscription }: { subscription: Subscription }) {
  const may = useMay();
  const [changing, setChanging] = useState(false);
  const [secret, setSecret] = useState<string | null | undefined>();
  return (
    <Stack gap="md">
      <PageTitle
        title={subscription.description || subscription.url}
        back={{ to: '/webhooks', label: 'Webhooks' }}
        badge={<StatusBadge status={subscription.status} tone={stateTone[subscription.status]} />}
        hint={stateText(subscription)}
      >
        {may('PUT /api/v1/subscriptions/{subscription_id}') && subscription.status !== 'ENDED' && subscription.purpose === 'filter' && (
          <Button variant="default" onClick={() => setChanging(true)}>
            Change
          </Button>
        )}
        <ActionMenu actions={subscriptionActions(subscription, setSecret)} />
      </PageTitle>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Subscription">
          <Facts subscription={subscription} />
        </Panel>
        <Stack gap="md">
          <Keys subscription={subscription} />
          <Replays subscription={subscription} />
        </Stack>
      </SimpleGrid>
      <Deliveries subscriptionId={subscription.id} />
      {changing && <SubscriptionForm subscription={subscription} close={() => setChanging(false)} />}
      {secret !== undefined && <SecretOnce secret={secret} close={() => setSecret(undefined)} />}
    </Stack>
  );
}

function Facts({ subscription }: { subscription: Subscription }) {
  const { filter } = subscription;
  return (
    <DefinitionList
      facts={{
        Address: <Code>{subscription.url}</Code>,
        Events: filter.types && filter.types.length > 0 ? filter.types.join(', ') : 'all that its owner may see',
        'Only those of': filter.owner_id,
        Purpose: subscription.purpose === 'sink' ? 'Only events of bookings that name this address' : undefined,
        Owner: subscription.owner_id,
        Agreed: subscription.validated_at ? <Moment at={subscription.validated_at} /> : 'not yet',
        'At most': subscription.allowed_rate && `${subscription.allowed_rate} a minute, as its receiver asked`,
        'State since': (
          <>
            <Moment at={subscription.status_changed_at} /> {subscription.status_changed_by && `by ${subscription.status_changed_by}`}
          </>
        ),
        Id: <Code>{subscription.id}</Code>,
        'Not delivered': (
          <PageLink to="/dead-letters" search={{ tab: 'outbound', subscription_id: subscription.id }}>
            Dead letters of it
          </PageLink>
        ),
      }}
    />
  );
}

function Keys({ subscription }: { subscription: Subscription }) {
  return (
    <Panel title="Keys">
      {(subscription.keys ?? []).map((key) => (
        <Group key={key.id} gap="xs">
          <Code>{key.id}</Code>
          <Text size="sm">
            made <Moment at={key.created_at} />
          </Text>
          {key.expires_at ? (
            <Text size="sm">
              signs until <Moment at={key.expires_at} />
            </Text>
          ) : (
            <Badge variant="light">signs</Badge>
          )}
        </Group>
      ))}
    </Panel>
  );
}

function Replays({ subscription }: { subscription: Subscription }) {
  const { replays = [], last_replay } = subscription;
  return (
    <Panel title="Sent again">
      {replays.map((order) => (
        <Text size="sm" key={order.id}>
          Under way: {order.dead_letters ? 'dead letters' : `events from ${instantText(order.since ?? '')}`}, asked for by {order.requested_by} <Moment at={order.requested_at} />
        </Text>
      ))}
      {last_replay && (
        <Text size="sm">
          Last: {counted(last_replay.events, 'event')}, <Moment at={last_replay.finished_at} />.
          {last_replay.complete === false && last_replay.next_since && ` The most that one replay brings; go on from ${instantText(last_replay.next_since)}.`}
        </Text>
      )}
      {replays.length === 0 && !last_replay && <Text size="sm">Nothing was sent again yet.</Text>}
    </Panel>
  );
}
