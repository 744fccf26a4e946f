import { Button, Group, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useRequestKeys } from '../../api/requestKeys';
import { Dialog } from '../../components/Dialog';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Feasibility } from '../../components/booking/Feasibility';
import { slotText } from '../../components/booking/slotText';
import { localInput } from '../../components/booking/startTime';
import { fromLocalInput } from '../../components/localInput';

export interface Move {
  reservationId: string;
  sessionId: string;
  definitionId: string;
  learner: string;
  slot: { start: string; end: string };
  /** Where it was dropped; milliseconds. */
  start: number;
  minutes: number;
  /** Version of the reservation that was seen, where it is known. */
  version?: number;
}

/** Another time for a booking: the answer is there before it is sent, and a better time is one press away. */
export function RescheduleDialog({ move, close }: { move: Move; close: () => void }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState(() => localInput(move.start));
  const [minutes, setMinutes] = useState<number | string>(move.minutes);
  const [reason, setReason] = useState('');
  const keys = useRequestKeys();
  const start = fromLocalInput(typed);
  const duration = typeof minutes === 'number' && minutes >= 1 ? minutes : undefined;
  const sending = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/reservations/{reservation_id}/reschedule', {
          params: {
            path: { reservation_id: move.reservationId },
            header: { 'idempotency-key': keys.of({ start, duration, reason }), ...(move.version !== undefined && { 'if-match': `"${move.version}"` }) },
          },
          body: { start, duration_minutes: duration, reason },
        }),
      ),
    onSuccess: () => {
      notifications.show({ message: 'It has its new time, and room is held for it.', color: 'teal' });
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' });
      close();
    },
  });
  const leave = () => {
    if (!sending.isPending) close();
  };
  const complete = start !== undefined && duration !== undefined && reason.trim() !== '';
  return (
    <Dialog onClose={leave} title={`Reschedule ${move.learner}`} closeButtonProps={{ 'aria-label': 'Close', disabled: sending.isPending }} centered size="lg" closeOnClickOutside={!sending.isPending}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) sending.mutate();
        }}
      >
        <Stack>
          <Text size="sm">
            Now {slotText(move.slot)}. The room of that time is given back and held at the new one; if there is none, all stays as it is.
          </Text>
          <Group grow align="flex-start">
            <TextInput type="datetime-local" label="Begins" required value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
            <NumberInput label="Minutes" required min={1} max={480} value={minutes} onChange={setMinutes} allowDecimal={false} />
          </Group>
          <Feasibility
            terms={start && duration ? { definition_id: move.definitionId, duration_minutes: duration, start, moved_session_id: move.sessionId } : undefined}
            choose={(chosen) => setTyped(localInput(Date.parse(chosen)))}
          />
          <Textarea label="Reason" description="Kept with the event, for whoever asks later." required autosize minRows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {sending.error && <ProblemAlert error={sending.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={leave} disabled={sending.isPending}>
              Leave it
            </Button>
            <Button type="submit" loading={sending.isPending} disabled={!complete}>
              Reschedule
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
