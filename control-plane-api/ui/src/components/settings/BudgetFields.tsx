import { Group, MultiSelect, NumberInput, TextInput } from '@mantine/core';
import { type BudgetRow, type MinimumRow, REASONS } from './careRows';
import { LengthInput } from './LengthInput';
import type { RowProps } from './RowsInput';

/** At most so many workers within a time, for some reasons or all. */
export function BudgetFields({ row, problem, change }: RowProps<BudgetRow>) {
  return (
    <Group align="flex-start" gap="sm">
      <NumberInput label="Workers, at most" required w={170} min={0} allowDecimal={false} error={problem('most_workers')} value={row.most_workers} onChange={(typed) => change({ ...row, most_workers: typeof typed === 'number' ? typed : '' })} />
      <LengthInput label="Within" counts={1} value={row.window_seconds} error={problem('window_seconds')} change={(window_seconds) => change({ ...row, window_seconds })} />
      <MultiSelect
        label="For"
        flex="1 1 14rem"
        data={[...REASONS]}
        placeholder={row.reasons.length === 0 ? 'Whatever the reason' : undefined}
        error={problem('reasons')}
        value={row.reasons}
        onChange={(reasons) => change({ ...row, reasons: reasons as BudgetRow['reasons'] })}
      />
    </Group>
  );
}

/** So many workers that are kept running, of one name. */
export function MinimumFields({ row, problem, change }: RowProps<MinimumRow>) {
  return (
    <Group align="flex-start" gap="sm">
      <TextInput label="Name" description="* is each that is not named" required flex="1 1 12rem" maxLength={100} error={problem('name')} value={row.name} onChange={(event) => change({ ...row, name: event.currentTarget.value })} />
      <NumberInput label="Workers" description="Kept running" required w={140} min={0} allowDecimal={false} error={problem('count')} value={row.count} onChange={(typed) => change({ ...row, count: typeof typed === 'number' ? typed : '' })} />
    </Group>
  );
}
