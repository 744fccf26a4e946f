import { Button, Group, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useRequestKeys } from '../api/requestKeys';
import { Dialog } from '../components/Dialog';
import { ProblemAlert } from '../components/ProblemAlert';
import type { Action, ActionAnswers, ActionField } from './action';

interface Props {
  action: Action;
  close: () => void;
}

/** Says what will happen, asks for what is needed, sends it once however often the button is pressed, tells problems. */
export function ActionDialog({ action, close }: Props) {
  const queries = useQueryClient();
  const [answers, setAnswers] = useState<ActionAnswers>(() => ({ reason: '', switches: initialSwitches(action), texts: initialTexts(action) }));
  const keys = useRequestKeys();
  const sending = useMutation({
    mutationFn: () =>
      action.send(answers, {
        'idempotency-key': keys.of(answers),
        ...(action.version !== undefined && { 'if-match': `"${action.version}"` }),
      }),
    onSuccess: () => {
      notifications.show({ message: action.done, color: 'teal' });
      close();
    },
    // After a failure as well: a part may have been done, and what was refused was often changed by somebody else.
    onSettled: () => void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' }),
  });
  // Whether it was done must be told here, to whoever asked for it.
  const leave = () => {
    if (!sending.isPending) close();
  };
  const complete = isComplete(action, answers);
  return (
    <Dialog onClose={leave} title={action.label} closeButtonProps={{ 'aria-label': 'Close', disabled: sending.isPending }} centered closeOnClickOutside={!sending.isPending}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) sending.mutate();
        }}
      >
        <Stack>
          <Text size="sm" component="div">
            {action.consequence}
          </Text>
          {action.fields?.map((field) => (
            <Field key={field.name} field={field} answers={answers} change={setAnswers} />
          ))}
          {action.asksReason && (
            <Textarea
              label="Reason"
              description="Kept with the event, for whoever asks later."
              required
              autosize
              minRows={2}
              maxLength={500}
              data-autofocus={action.destructive ? undefined : true}
              value={answers.reason}
              onChange={(event) => setAnswers({ ...answers, reason: event.currentTarget.value })}
            />
          )}
          {sending.error && <ProblemAlert error={sending.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={leave} disabled={sending.isPending} data-autofocus={action.destructive ? true : undefined}>
              Cancel
            </Button>
            <Button type="submit" color={action.destructive ? 'red' : undefined} loading={sending.isPending} disabled={!complete}>
              {action.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Field({ field, answers, change }: { field: ActionField; answers: ActionAnswers; change: (answers: ActionAnswers) => void }) {
  const { name, label, description } = field;
  const text = (value: string) => change({ ...answers, texts: { ...answers.texts, [name]: value } });
  if (field.kind === 'switch') {
    return (
      <Switch
        label={label}
        description={description}
        checked={answers.switches[name] ?? false}
        onChange={(event) => change({ ...answers, switches: { ...answers.switches, [name]: event.currentTarget.checked } })}
      />
    );
  }
  if (field.kind === 'choice') {
    return (
      <Select
        label={label}
        description={description}
        data={field.choices}
        required={!field.optional}
        searchable
        comboboxProps={{ withinPortal: true }}
        value={answers.texts[name] ?? null}
        onChange={(value) => text(value ?? '')}
      />
    );
  }
  return (
    <TextInput
      label={label}
      description={description}
      type={field.input}
      required={!field.optional}
      value={answers.texts[name] ?? ''}
      onChange={(event) => text(event.currentTarget.value)}
    />
  );
}

function initialTexts({ fields = [] }: Action): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => (field.kind === 'text' && field.initial ? [[field.name, field.initial]] : [])));
}

function initialSwitches({ fields = [] }: Action): Record<string, boolean> {
  return Object.fromEntries(fields.flatMap((field) => (field.kind === 'switch' && field.initial ? [[field.name, true]] : [])));
}

function isComplete(action: Action, answers: ActionAnswers): boolean {
  if (action.asksReason && answers.reason.trim() === '') return false;
  return (action.fields ?? []).every(
    (field) => field.kind === 'switch' || field.optional || (answers.texts[field.name] ?? '').trim() !== '',
  );
}
