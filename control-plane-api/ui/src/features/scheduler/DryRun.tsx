import { Alert, Group, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Schemas } from '../../api/types';
import { oneOf, text, useUrlState } from '../../app/urlState';
import { Feasibility } from '../../components/booking/Feasibility';
import { localInput, nextQuarter } from '../../components/booking/startTime';
import { LabSelect } from '../../components/booking/LabSelect';
import { type DefinitionRow, useLab } from '../../components/booking/useDefinitions';
import { type Terms, useDryRun } from '../../components/booking/useDryRun';
import { DefinitionList } from '../../components/DefinitionList';
import { duration } from '../../components/duration';
import { fromLocalInput } from '../../components/localInput';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { Candidates } from './Candidates';
import { whole } from './dryRunTerms';
import { dimensionName } from './whyNot';

const PRIORITIES = [
  { value: 'self_study', label: 'Self study' },
  { value: 'class', label: 'Class' },
  { value: 'exam', label: 'Exam' },
];
const MOST_SEATS = 200;
const URL_STATE = { definition_id: text(), at: text(20), minutes: text(5), seats: text(5), priority: oneOf(['self_study', 'class', 'exam'], 'self_study') };

/** Where a booking would land if it were made now; nothing is booked, nothing is held. */
export function DryRun() {
  const [url, change] = useUrlState(URL_STATE);
  const { lab, error } = useLab(url.definition_id);
  const [first] = useState(() => localInput(nextQuarter(Date.now())));
  const at = url.at ?? first;
  const start = fromLocalInput(at);
  const minutes = whole(url.minutes, 60);
  const seats = whole(url.seats, 1);
  const terms = lab && start && minutes && seats ? { definition_id: lab.id, start, duration_minutes: minutes, seats, priority: url.priority } : undefined;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Stack gap="md">
        <Panel title="Where would this land?">
          {error && <Alert color="red">{error.message}</Alert>}
          <LabSelect chosen={lab} onChange={(definition_id) => change({ definition_id })} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'start' }}>
            <TextInput type="datetime-local" label="Begins" description="On your clock" value={at} onChange={(event) => change({ at: event.currentTarget.value || undefined })} />
            <NumberInput label="Minutes" description={lab ? `At most ${lab.max_duration_minutes}` : 'Length of the slot'} min={1} max={lab?.max_duration_minutes ?? 480} allowDecimal={false} value={minutes ?? ''} onChange={(said) => change({ minutes: String(said) })} />
          </SimpleGrid>
          <Group grow align="flex-end">
            <NumberInput label="Learners" description="At the same time" min={1} max={MOST_SEATS} allowDecimal={false} value={seats ?? ''} onChange={(said) => change({ seats: String(said) })} />
            <Select label="Priority" description="Whose room is planned first" data={PRIORITIES} allowDeselect={false} value={url.priority} onChange={(value) => value && change({ priority: value as typeof url.priority })} />
          </Group>
          {lab && <Needs lab={lab} />}
        </Panel>
      </Stack>
      <Stack gap="md">
        <Panel title="The answer" aside={terms && <PageLink to="/reservations/book" search={{ definition_id: terms.definition_id, at, kind: seats === 1 ? undefined : 'class' }}>Book it</PageLink>}>
          {terms ? <Feasibility terms={terms} choose={(slot) => change({ at: localInput(Date.parse(slot)) })} /> : <Text size="sm">Choose a lab and a time: where it would go is told here at once. Nothing is booked.</Text>}
        </Panel>
        {terms && <Details terms={terms} />}
      </Stack>
    </SimpleGrid>
  );
}

/** What the lab asks of a worker. */
function Needs({ lab }: { lab: DefinitionRow }) {
  const amounts = Object.entries(lab.requirements).filter(([, amount]) => amount > 0);
  return (
    <DefinitionList
      facts={{
        Needs: amounts.map(([dimension, amount]) => `${amount} ${dimensionName(dimension)}`).join(', '),
        Licence: lab.license_affinity.join(' or ').toLowerCase(),
        Image: [lab.ami_requirement.name_pattern, lab.ami_requirement.min_version && `${lab.ami_requirement.min_version} or later`].filter(Boolean).join(', '),
        'Virtual machines': lab.nested_virtualization ? 'yes' : undefined,
      }}
    />
  );
}

function Details({ terms }: { terms: Terms }) {
  const { data } = useDryRun(terms);
  if (!data) return null;
  return (
    <>
      <Panel title="How it was reckoned">
        <Reckoned answer={data} />
      </Panel>
      <Panel title="Every worker">
        <Text size="sm" c="dimmed">
          {data.summary}, for the first learner.
        </Text>
        <Candidates candidates={data.candidates} />
      </Panel>
    </>
  );
}

function Reckoned({ answer }: { answer: Schemas['DryRunAnswer'] }) {
  const launches = answer.openings.map((opening, number) => (
    <div key={number}>
      {opening.template_name} in {opening.region}, would serve <Moment at={opening.ready_at} />
    </div>
  ));
  return (
    <DefinitionList
      nameWidth={170}
      facts={{
        'As of': <Moment at={answer.as_of} />,
        'To bring the lab up': duration(answer.lead_seconds),
        'To clear it away': duration(answer.teardown_seconds),
        'Workers to launch': launches.length > 0 ? launches : undefined,
      }}
    />
  );
}
