import { TextInput } from '@mantine/core';
import { fromLocalInput, toLocalInput } from './localInput';

interface Props {
  label: string;
  /** ISO 8601, as it is in the address. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** An instant that the API lets a list be filtered by, picked on the clock of the person. */
export function FilterMoment({ label, value, onChange }: Props) {
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
