import { Chip, Group, Input, Select, Stack, Text, TextInput } from '@mantine/core';
import { DAYS, endOf, type WindowRow } from './careRows';
import { LengthInput } from './LengthInput';
import type { RowProps } from './RowsInput';

const KINDS = [
  { value: 'allowed', label: 'Workers may go only then' },
  { value: 'blackout', label: 'No worker goes then' },
];
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** When workers may be taken out of service, or may not: on which days, from when, how long, on which clock. */
export function WindowFields({ row, problem, change }: RowProps<WindowRow>) {
  const zones = ZONES.includes(row.time_zone) || row.time_zone === '' ? ZONES : [row.time_zone, ...ZONES];
  const end = endOf(row);
  return (
    <Stack gap="sm">
      <Select label="What" maw={280} data={KINDS} value={row.kind} allowDeselect={false} error={problem('kind')} onChange={(kind) => kind && change({ ...row, kind: kind as WindowRow['kind'] })} />
      <Input.Wrapper label="Days" labelElement="div" error={problem('days')} withAsterisk>
        <Group gap={6} pt={4} role="group" aria-label="Days">
          <Chip.Group multiple value={row.days} onChange={(days) => change({ ...row, days: DAYS.filter((day) => days.includes(day)) })}>
            {DAYS.map((day) => (
              <Chip key={day} value={day} size="xs" aria-label={day}>
                {day.slice(0, 3)}
              </Chip>
            ))}
          </Chip.Group>
        </Group>
      </Input.Wrapper>
      <Group align="flex-start" gap="sm">
        <TextInput label="From" type="time" required w={120} error={problem('start')} value={row.start} onChange={(event) => change({ ...row, start: event.currentTarget.value.slice(0, 5) })} />
        <LengthInput label="For" counts={60} value={row.minutes} error={problem('minutes')} change={(minutes) => change({ ...row, minutes })} />
        <Select label="Time zone" flex="1 1 14rem" data={zones} searchable required allowDeselect={false} limit={100} error={problem('time_zone')} value={row.time_zone || null} onChange={(zone) => change({ ...row, time_zone: zone ?? '' })} />
      </Group>
      {end && (
        <Text size="xs" c="dimmed">
          Until {end}.
        </Text>
      )}
    </Stack>
  );
}
