import { Button, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { useRequestKeys } from '../../api/requestKeys';
import { useApi } from '../../api/useApi';
import { Dialog } from '../../components/Dialog';
import { ProblemAlert } from '../../components/ProblemAlert';
import { SecretOnce } from './SecretOnce';
import { addressProblem, type Subscription, typesProblem } from './webhookWords';

interface Props {
  /** The one that is changed; a new one without. */
  subscription?: Subscription;
  close: () => void;
}

/** Makes a subscription, or changes one; what cannot be right is told before it is sent. */
export function SubscriptionForm({ subscription, close }: Props) {
  const queries = useQueryClient();
  const keys = useRequestKeys();
  const catalogue = useApi('/api/v1/event-catalogue');
  // Not every event leaves the system; the API takes only those that do.
  const sent = (catalogue.data ?? []).filter((event) => event.published).map((event) => event.name);
  const beginnings = [...new Set(sent.map((name) => `${name.split('.')[0]}.*`))];
  const form = useForm({
    initialValues: { url: subscription?.url ?? '', description: subscription?.description ?? '', types: subscription?.filter.types ?? [] },
    validate: { url: addressProblem, types: (types) => (sent.length > 0 && typesProblem(types.join(' '), sent)) || null },
    transformValues: (values) => ({ url: values.url.trim(), description: values.description.trim(), filter: { ...subscription?.filter, types: values.types } }),
  });
  const sending = useMutation({
    mutationFn: async (body: { url: string; description: string; filter: Subscription['filter'] }) => {
      const key = keys.of(body);
      if (!subscription) return { secret: (await answer(api.POST('/api/v1/subscriptions', { params: { header: { 'idempotency-key': key } }, body }))).secret ?? null };
      const header = { 'idempotency-key': key, 'if-match': `"${subscription.version}"` };
      await answer(api.PUT('/api/v1/subscriptions/{subscription_id}', { params: { path: { subscription_id: subscription.id }, header }, body }));
      return undefined;
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
      if (!made) close();
    },
  });
  const leave = () => {
    if (!sending.isPending) close();
  };
  if (sending.data) return <SecretOnce secret={sending.data.secret} close={close} />;
  return (
    <Dialog onClose={leave} title={subscription ? 'Change subscription' : 'New subscription'} centered closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close', disabled: sending.isPending }}>
      <form onSubmit={form.onSubmit((values) => sending.mutate(values))} noValidate>
        <Stack>
          <Text size="sm">
            {subscription
              ? 'Another address gets nothing until its receiver has agreed to take events.'
              : 'The receiver is asked first whether it takes events; until it agrees they are kept for it.'}
          </Text>
          <TextInput label="Address" placeholder="https://" required inputMode="url" data-autofocus {...form.getInputProps('url')} />
          <TextInput label="What it is for" maxLength={500} {...form.getInputProps('description')} />
          <TagsInput
            label="Events"
            description="Names, or beginnings that end in *. None: all that its owner may see."
            data={[...beginnings, ...sent]}
            splitChars={[',', ' ']}
            limit={40}
            maxDropdownHeight={220}
            {...form.getInputProps('types')}
          />
          {sending.error && <ProblemAlert error={sending.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={leave} disabled={sending.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={sending.isPending}>
              {subscription ? 'Change' : 'Subscribe'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
