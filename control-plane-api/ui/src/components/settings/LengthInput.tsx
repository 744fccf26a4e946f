import { Group, Input, NumberInput, Select } from '@mantine/core';
import { useId, useState } from 'react';

const UNITS = [
  { value: '86400', label: 'days' },
  { value: '3600', label: 'hours' },
  { value: '60', label: 'minutes' },
  { value: '1', label: 'seconds' },
];

interface Props {
  label: string;
  value: number | '';
  /** Seconds in one of what *value* counts: 60 for minutes. */
  counts: 1 | 60;
  error?: string;
  change: (value: number | '') => void;
}

/** A length of time, in the unit that says it best and any other that a person chooses. */
export function LengthInput({ label, value, counts, error, change }: Props) {
  const units = UNITS.filter(({ value: seconds }) => Number(seconds) >= counts);
  const [unit, setUnit] = useState(() => units.find(({ value: seconds }) => value !== '' && value > 0 && (value * counts) % Number(seconds) === 0)?.value ?? String(counts));
  const id = useId();
  const many = Number(unit) / counts;
  return (
    <Input.Wrapper label={label} error={error} id={id} withAsterisk>
      <Group gap={4} wrap="nowrap">
        <NumberInput id={id} w={90} min={0} error={Boolean(error)} value={value === '' ? '' : value / many} onChange={(typed) => change(typeof typed === 'number' ? Math.round(typed * many) : '')} />
        <Select aria-label={`${label}: unit`} w={110} data={units} value={unit} allowDeselect={false} onChange={(chosen) => chosen && setUnit(chosen)} />
      </Group>
    </Input.Wrapper>
  );
}
