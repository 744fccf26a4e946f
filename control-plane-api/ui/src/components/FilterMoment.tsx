import { Group, TextInput } from '@mantine/core';
import { fromLocalInput, toLocalInput } from './localInput';

interface Props {
  label: string;
  /** ISO 8601, as it is in the address. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** An instant that the API lets a list be filtered by, picked on the clock of the person. */
function FilterMoment({ label, value, onChange }: Props) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={toLocalInput(value)}
      onChange={(event) => onChange(fromLocalInput(event.currentTarget.value))}
      w={{ base: 'calc(50% - 6px)', sm: 200 }}
    />
  );
}

interface PeriodProps {
  from: string | undefined;
  to: string | undefined;
  onChange: (part: { from?: string } | { to?: string }) => void;
}

/** From and until, which stay side by side also where the other filters leave room for one alone. */
export function FilterPeriod({ from, to, onChange }: PeriodProps) {
  return (
    <Group gap="xs" wrap="nowrap" w={{ base: '100%', sm: 'auto' }}>
      <FilterMoment label="From" value={from} onChange={(value) => onChange({ from: value })} />
      <FilterMoment label="Until" value={to} onChange={(value) => onChange({ to: value })} />
    </Group>
  );
}
