import { MultiSelect, NumberInput, Select, SimpleGrid, Stack, Switch, TextInput } from '@mantine/core';
import { VERSION_POLICIES } from './definitionWords';
import { LICENCES, type Terms } from './terms';

interface Props {
  terms: Terms;
  change: (part: Partial<Terms>) => void;
  /** It is the next version of something: the name stays. */
  named: boolean;
}

/** What is said of a version beside its files. */
export function TermsForm({ terms, change, named }: Props) {
  return (
    <Stack gap="sm">
      <TextInput label="Name" required maxLength={100} disabled={named} value={terms.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <TextInput label="Form-qualified name" description="As LDS and the grading know it" placeholder="Exam CCNP v1 LAB 1.1" required maxLength={200} value={terms.form_qualified_name} onChange={(event) => change({ form_qualified_name: event.currentTarget.value })} />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <NumberInput label="Longest slot" description="That can be booked" suffix=" min" required min={1} max={480} allowDecimal={false} value={terms.max_duration_minutes} onChange={(value) => change({ max_duration_minutes: value })} />
        <NumberInput label="Made ready" description="Before the slot" suffix=" s" required min={0} max={86_400} allowDecimal={false} value={terms.lead_seconds} onChange={(value) => change({ lead_seconds: value })} />
        <NumberInput label="Taken down" description="After the slot" suffix=" s" required min={0} max={86_400} allowDecimal={false} value={terms.teardown_seconds} onChange={(value) => change({ teardown_seconds: value })} />
      </SimpleGrid>
      <MultiSelect label="Licences of hosts that may run it" data={[...LICENCES]} value={terms.license_affinity} onChange={(chosen) => change({ license_affinity: chosen as Terms['license_affinity'] })} />
      <TextInput label="Bucket" description="Of its content package; named after the form when left empty" maxLength={63} value={terms.content_bucket} onChange={(event) => change({ content_bucket: event.currentTarget.value })} />
      <TextInput label="Whom to tell" description="When the lab fails: a mail address or a channel" maxLength={200} value={terms.owner_contact} onChange={(event) => change({ owner_contact: event.currentTarget.value })} />
      <Select label="When the bucket holds other content" data={VERSION_POLICIES} allowDeselect={false} value={terms.version_policy} onChange={(value) => value && change({ version_policy: value as Terms['version_policy'] })} />
      <Switch label="Graded" checked={terms.grading_enabled} onChange={(event) => change({ grading_enabled: event.currentTarget.checked })} />
    </Stack>
  );
}
