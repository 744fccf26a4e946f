import { Button, Group, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../api/access';
import { useRequestKeys } from '../../api/requestKeys';
import type { Schemas } from '../../api/types';
import { text, oneOf, useUrlState } from '../../app/urlState';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Feasibility } from '../../components/booking/Feasibility';
import { book, type Booking } from './book';
import { Refused } from './Refused';
import { localInput, nextQuarter } from '../../components/booking/startTime';
import { fromLocalInput } from '../../components/localInput';
import { seatsOf } from './seats';
import { LabSelect } from '../../components/booking/LabSelect';
import { useLab } from '../../components/booking/useDefinitions';

const URL_STATE = { kind: oneOf(['one', 'class'], 'one'), definition_id: text(), at: text(20) };
const PRIORITIES = [
  { value: 'self_study', label: 'Self study' },
  { value: 'class', label: 'Class' },
  { value: 'exam', label: 'Exam' },
];

/** Books for one learner or for a class; whether there is room is told while one fills it in. */
export default function BookPage() {
  const [url, change] = useUrlState(URL_STATE);
  const may = useMay();
  const { lab: chosen, error } = useLab(url.definition_id);
  const [minutes, setMinutes] = useState<number | string>(60);
  const [username, setUsername] = useState('');
  const [externalId, setExternalId] = useState('');
  const [learners, setLearners] = useState('');
  const [whole, setWhole] = useState(true);
  const [priority, setPriority] = useState<Schemas['BookingPriority']>('self_study');
  const [first] = useState(() => localInput(nextQuarter(Date.now())));
  const at = url.at ?? first;
  const seats = url.kind === 'class' ? seatsOf(learners) : seatsOf(`${username},${externalId}`);
  const start = fromLocalInput(at);
  const duration = typeof minutes === 'number' && minutes >= 1 ? minutes : undefined;
  const terms = chosen && start && duration ? { definition_id: chosen.id, duration_minutes: duration, start, priority } : undefined;
  const booking = terms && seats.length > 0 ? { ...terms, seats, asClass: url.kind === 'class', whole } : undefined;
  const sending = useBook();
  return (
    <Stack gap="md">
      <PageTitle title="Book" back={{ to: '/reservations', label: 'Reservations' }} hint="Nothing is held before you book." />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title="What and when">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (booking) sending.mutate(booking);
            }}
          >
            <Stack gap="sm">
              <SegmentedControl aria-label="For whom" data={[{ value: 'one', label: 'One learner' }, { value: 'class', label: 'A class' }]} value={url.kind} onChange={(kind) => change({ kind: kind as typeof url.kind })} />
              {error && <ProblemAlert error={error} />}
              <LabSelect required chosen={chosen} onChange={(definition_id) => change({ definition_id })} />
              <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'start' }}>
                <TextInput type="datetime-local" label="Begins" description="On your clock" required value={at} onChange={(event) => change({ at: event.currentTarget.value || undefined })} />
                <NumberInput label="Minutes" description={chosen ? `At most ${chosen.max_duration_minutes}` : 'Length of the slot'} required min={1} max={chosen?.max_duration_minutes ?? 480} allowDecimal={false} value={minutes} onChange={setMinutes} />
              </SimpleGrid>
              {url.kind === 'one' ? (
                <Group grow align="flex-start">
                  <TextInput label="Learner" required maxLength={200} value={username} onChange={(event) => setUsername(event.currentTarget.value)} />
                  <TextInput label="External id" maxLength={200} value={externalId} onChange={(event) => setExternalId(event.currentTarget.value)} />
                </Group>
              ) : (
                <>
                  <Textarea label="Learners" description="One for each line; an external id after a comma" required autosize minRows={4} maxRows={14} value={learners} onChange={(event) => setLearners(event.currentTarget.value)} />
                  <Switch label="All or nobody" description="Off: those for whom there is room are booked, the others are told why not." checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />
                </>
              )}
              <Select label="Priority" description="Whose room is planned first when several ask at once" data={PRIORITIES} allowDeselect={false} value={priority} onChange={(value) => value && setPriority(value as typeof priority)} />
              {sending.error && <ProblemAlert error={sending.error} />}
              {may('POST /api/v1/reservations') && (
                <Group justify="flex-end">
                  <Button type="submit" loading={sending.isPending} disabled={!booking}>
                    {seats.length > 1 ? `Book for ${seats.length}` : 'Book'}
                  </Button>
                </Group>
              )}
            </Stack>
          </form>
        </Panel>
        <Panel title="Is there room?">
          <Feasibility terms={terms && { ...terms, seats: Math.max(1, seats.length) }} choose={(slot) => change({ at: localInput(Date.parse(slot)) })} />
          {sending.data && <Refused answer={sending.data} />}
        </Panel>
      </SimpleGrid>
    </Stack>
  );
}

/** After a class of which some got no room one stays, and is told who; else one goes to what was booked. */
function useBook() {
  const keys = useRequestKeys();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (booking: Booking) => book(booking, keys),
    onSuccess: ({ accepted, refused }) => {
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
      if (accepted.length > 0) notifications.show({ message: accepted.length === 1 ? 'It is booked, and room is held for it.' : `${accepted.length} are booked, and room is held for them.`, color: 'teal' });
      const [one] = accepted;
      if (one && (refused ?? []).length === 0) void navigate({ to: `/reservations/${one.reservation.id}` as string });
    },
  });
}
