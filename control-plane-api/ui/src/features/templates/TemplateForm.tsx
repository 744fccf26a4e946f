import { Button, Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api/client';
import { useRequestKeys } from '../../api/requestKeys';
import { Dialog } from '../../components/Dialog';
import { ProblemAlert } from '../../components/ProblemAlert';
import { bodyOf, problemsOf, type TemplateValues, valuesOf } from './templateForm';
import type { Template } from './templateWords';

interface Props {
  /** The one of which a new version is made; a new template without. */
  template?: Template;
  close: () => void;
}

type Form = UseFormReturnType<TemplateValues>;
const COLS = { base: 1, sm: 2 };
const LICENCES = ['ENTERPRISE', 'PERSONAL', 'EVALUATION'];

/** Makes a template, or a new version of one. */
export function TemplateForm({ template, close }: Props) {
  const form = useForm<TemplateValues>({ initialValues: valuesOf(template), validate: problemsOf });
  const sending = useSending(template, close);
  const leave = () => {
    if (!sending.isPending) close();
  };
  return (
    <Dialog onClose={leave} title={template ? `New version of ${template.name}` : 'New template'} size="xl" centered closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close', disabled: sending.isPending }}>
      <form onSubmit={form.onSubmit((values) => sending.mutate(values))} noValidate>
        <Stack>
          <Text size="sm">
            {template ? 'Workers that exist keep the terms they were made with; new ones are made by these.' : 'From now on workers are made from it where it is the cheapest that fits.'}
            {template?.source_digest && !template.edited_since_source && ' It follows the template file now, and will not any more.'}
          </Text>
          <What form={form} isNew={!template} />
          <Size form={form} />
          <How form={form} />
          {sending.error && <ProblemAlert error={sending.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={leave} disabled={sending.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={sending.isPending}>
              {template ? 'Make the version' : 'Make the template'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function useSending(template: Template | undefined, close: () => void) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keys = useRequestKeys();
  return useMutation({
    mutationFn: (values: TemplateValues) => {
      const body = bodyOf(values, template?.enabled ?? true);
      const header = { 'idempotency-key': keys.of(body) };
      if (!template) return answer(api.POST('/api/v1/worker-templates', { params: { header }, body }));
      const changed = { ...header, 'if-match': `"${template.version}"` };
      return answer(api.PUT('/api/v1/worker-templates/{template_id}', { params: { path: { template_id: template.id }, header: changed }, body }));
    },
    onSuccess: (made) => {
      notifications.show({ message: template ? `It is version ${made.version} now.` : 'It is made.', color: 'teal' });
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
      close();
      if (!template) void navigate({ to: `/templates/${made.id}` as string });
    },
  });
}

function What({ form, isNew }: { form: Form; isNew: boolean }) {
  return (
    <Fieldset legend="What it is">
      <SimpleGrid cols={COLS}>
        <TextInput label="Name" description="It stays so" required disabled={!isNew} maxLength={100} data-autofocus={isNew || undefined} {...form.getInputProps('name')} />
        <TextInput label="Description" description="For whom, for what" maxLength={500} {...form.getInputProps('description')} />
        <TextInput label="Region" required maxLength={40} placeholder="eu-west-1" {...form.getInputProps('region')} />
        <TextInput label="Instance type" required maxLength={60} placeholder="m5zn.metal" {...form.getInputProps('instance_type')} />
        <Select label="Licence" required allowDeselect={false} data={LICENCES} {...form.getInputProps('license_type')} />
        <NumberInput label="Cost per hour, USD" required min={0} decimalScale={4} {...form.getInputProps('cost_per_hour_usd')} />
        <TextInput label="Image" description="Pattern over its name" {...form.getInputProps('image')} />
        <TextInput label="CML version, at least" placeholder="2.9.0" {...form.getInputProps('image_version')} />
      </SimpleGrid>
    </Fieldset>
  );
}

function Size({ form }: { form: Form }) {
  return (
    <Fieldset legend="What it can hold">
      <SimpleGrid cols={{ base: 2, sm: 3 }}>
        <NumberInput label="CPU cores" min={0} allowDecimal={false} {...form.getInputProps('capacity.cpu_cores')} />
        <NumberInput label="Memory, GB" min={0} allowDecimal={false} {...form.getInputProps('capacity.memory_gb')} />
        <NumberInput label="Storage, GB" min={0} allowDecimal={false} {...form.getInputProps('capacity.storage_gb')} />
        <NumberInput label="Nodes" min={0} allowDecimal={false} {...form.getInputProps('capacity.nodes')} />
        <NumberInput label="Ports" min={0} allowDecimal={false} {...form.getInputProps('capacity.ports')} />
        <span />
        <NumberInput label="First port" min={1} max={65535} allowDecimal={false} {...form.getInputProps('first_port')} />
        <NumberInput label="Last port" min={1} max={65535} allowDecimal={false} {...form.getInputProps('last_port')} />
        <span />
        <NumberInput label="Minutes to start" min={1} max={120} {...form.getInputProps('startup_minutes')} />
        <NumberInput label="Minutes to drain" min={1} max={10080} {...form.getInputProps('drain_minutes')} />
      </SimpleGrid>
    </Fieldset>
  );
}

function How({ form }: { form: Form }) {
  const spot = form.values.purchase === 'SPOT';
  return (
    <Fieldset legend="How it is made">
      <Stack gap="sm">
        <SimpleGrid cols={COLS}>
          <Select label="Bought" allowDeselect={false} data={[{ value: 'ON_DEMAND', label: 'On demand' }, { value: 'SPOT', label: 'Spot' }]} {...form.getInputProps('purchase')} />
          <NumberInput label="USD an hour, at most" description="Empty: the price on demand" disabled={!spot} min={0.01} decimalScale={4} {...form.getInputProps('max_price')} />
        </SimpleGrid>
        {spot && <Switch label="On demand where there is no spot instance" {...form.getInputProps('on_demand_fallback', { type: 'checkbox' })} />}
        <TagsInput label="Else these instance types" description="In this order, when there is none of the first" maxTags={5} {...form.getInputProps('instance_types')} />
        <TagsInput label="Else these templates" description="Of the same region, as large and as good" maxTags={5} {...form.getInputProps('fallback_templates')} />
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Select label="Volume" allowDeselect={false} data={['gp3', 'gp2', 'io1', 'io2']} {...form.getInputProps('volume_type')} />
          <NumberInput label="GB" description="Empty: its storage" min={1} max={16384} allowDecimal={false} {...form.getInputProps('volume_gb')} />
          <NumberInput label="IOPS" description="Empty: as usual" min={100} max={256000} allowDecimal={false} {...form.getInputProps('volume_iops')} />
          <NumberInput label="MiB a second" description="gp3 only" disabled={form.values.volume_type !== 'gp3'} min={125} max={1000} allowDecimal={false} {...form.getInputProps('volume_throughput')} />
        </SimpleGrid>
        <Switch label="Encrypted" {...form.getInputProps('encrypted', { type: 'checkbox' })} />
        <Textarea label="Networks" description="In each line a region, its subnets and security groups. Empty: those with the tag of the fleet." autosize minRows={1} maxRows={8} placeholder="eu-west-1 subnet-0a1 sg-0b2" {...form.getInputProps('networks')} />
        <Textarea label="Tags" description="key=value in each line" autosize minRows={1} maxRows={8} {...form.getInputProps('tags')} />
        <Textarea label="User data" description="A script for the first start. Everybody on the instance can read it: no secrets." autosize minRows={2} maxRows={12} maxLength={12288} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} {...form.getInputProps('user_data')} />
      </Stack>
    </Fieldset>
  );
}
