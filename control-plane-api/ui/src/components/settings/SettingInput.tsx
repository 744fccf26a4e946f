import { Group, MultiSelect, Select, Stack, Switch, Text, Textarea, TextInput, UnstyledButton } from '@mantine/core';
import { later } from '../later';
import type { SettingField } from './settingField';
import { type Row, rowKindOf, rowProblems, rowsOf } from './careRows';
import { asText, labelOf, same, told, toldAt, unitOf } from './settingValues';

const RowsInput = later(async () => (await import('./RowsInput')).RowsInput, 160);

interface Props {
  field: SettingField;
  /** What holds now. */
  present: unknown;
  /** What was typed instead, if anything was. */
  draft: unknown;
  problem?: string;
  /** What the API refused of its parts, by place. */
  refused?: Readonly<Record<string, string>>;
  readOnly: boolean;
  change: (typed: unknown) => void;
}

/** One setting: what it means, in what it is measured, between which bounds, and what its default is. */
export function SettingInput(props: Props) {
  const { field, present, draft, problem, refused = {}, readOnly, change } = props;
  const shown = draft === undefined ? present : draft;
  const changed = draft !== undefined && !same(draft, asText(field, present)) && !same(draft, present);
  const unit = unitOf(field.path);
  const label = `${labelOf(field.path)}${unit ? ` (${unit})` : ''}${changed ? ' · changed' : ''}`;
  const common = { label, description: <Hint field={field} present={present} reset={readOnly ? undefined : change} />, error: problem, readOnly };
  const rows = rowKindOf(field.path);
  if (rows) {
    const drawn = rowsOf(rows, present);
    const now = (draft as Row[] | undefined) ?? drawn;
    const hint = <Hint field={field} present={present} reset={readOnly ? undefined : () => change(rowsOf(rows, field.default))} />;
    const label = `${labelOf(field.path)}${draft !== undefined && !same(now, drawn) ? ' · changed' : ''}`;
    return <RowsInput kind={rows} label={label} hint={hint} rows={now} problem={problem} problems={{ ...refused, ...rowProblems(rows, now) }} readOnly={readOnly} change={change} />;
  }
  if (field.type === 'boolean') {
    return <Switch label={label} description={common.description} checked={Boolean(shown)} disabled={readOnly} onChange={(event) => change(event.currentTarget.checked)} />;
  }
  if (field.type === 'choice') {
    return <Select {...common} data={[...(field.choices ?? [])]} value={String(shown)} allowDeselect={false} onChange={(chosen) => chosen && change(chosen)} />;
  }
  if (field.type === 'array' && field.choices) {
    return <MultiSelect {...common} data={[...field.choices]} value={(shown as string[] | undefined) ?? []} onChange={change} searchable clearable clearButtonProps={{ 'aria-label': `Take all away from ${labelOf(field.path)}` }} />;
  }
  const typed = typeof shown === 'string' ? shown : asText(field, shown);
  if (field.type === 'array' || field.type === 'object') {
    return <Textarea {...common} autosize minRows={2} maxRows={16} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} value={typed} onChange={(event) => change(event.currentTarget.value)} />;
  }
  const numeric = field.type === 'integer' || field.type === 'number';
  return <TextInput {...common} inputMode={numeric ? 'decimal' : undefined} value={typed} onChange={(event) => change(event.currentTarget.value)} />;
}

function Hint({ field, present, reset }: { field: SettingField; present: unknown; reset?: (value: unknown) => void }) {
  const { least, most, help } = field;
  const bounds = least !== undefined && most !== undefined ? `${least.toLocaleString('en')} to ${most.toLocaleString('en')}. ` : '';
  const usual = same(present, field.default);
  return (
    <Stack gap={0} component="span">
      <span>{help.replaceAll('`', '')}</span>
      <Group gap={6} component="span">
        <Text size="xs" component="span">
          {bounds}
          {!usual && toldAt(field.path, present) !== told(present) && `Now ${toldAt(field.path, present)}. `}
          {`Default: ${toldAt(field.path, field.default)}.`}
        </Text>
        {!usual && reset && (
          <UnstyledButton fz="xs" td="underline" aria-label={`${labelOf(field.path)}: use the default`} onClick={() => reset(field.type === 'boolean' || field.type === 'choice' || field.choices ? field.default : asText(field, field.default))}>
            use it
          </UnstyledButton>
        )}
      </Group>
    </Stack>
  );
}
