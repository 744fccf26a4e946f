import { ActionIcon, Button, Card, Fieldset, Group, List, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { BudgetFields, MinimumFields } from './BudgetFields';
import { type BudgetRow, freshRow, type MinimumRow, type Row, type RowKind, rowTexts, type WindowRow } from './careRows';
import { WindowFields } from './WindowFields';

export interface RowProps<R extends Row> {
  row: R;
  /** What is wrong with one of its parts. */
  problem: (name: string) => string | undefined;
  change: (row: R) => void;
}

interface Props {
  kind: RowKind;
  label: string;
  hint: ReactNode;
  rows: readonly Row[];
  /** What is wrong with the whole. */
  problem?: string;
  /** What is wrong by place: "1.start". */
  problems: Readonly<Record<string, string>>;
  readOnly: boolean;
  change: (rows: Row[]) => void;
}

const ONE: Record<RowKind, { name: string; none: string }> = {
  budgets: { name: 'budget', none: 'No budget: as many may go as the guards let go.' },
  windows: { name: 'window', none: 'No window: workers may go at any time.' },
  minima: { name: 'minimum', none: 'No minimum.' },
};

/** A setting that has parts: each in a row of its own that can be changed, added and taken away. */
export function RowsInput({ kind, label, hint, rows, problem, problems, readOnly, change }: Props) {
  const { name, none } = ONE[kind];
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return (
    <Fieldset legend={label} style={{ gridColumn: '1 / -1' }}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed" component="div">
          {hint}
        </Text>
        {rows.length === 0 && <Text size="sm">{none}</Text>}
        {readOnly ? (
          <List size="sm">{rowTexts(kind, rows).map((text) => <List.Item key={text}>{text}</List.Item>)}</List>
        ) : (
          rows.map((row, index) => (
            // Rows have no name of their own: their place is what they are.
            <Card key={`${index} of ${rows.length}`} withBorder padding="sm" role="group" aria-label={`${name} ${index + 1}`}>
              <Group align="flex-start" wrap="nowrap" gap="sm">
                <div style={{ flex: 1, minWidth: 0 }}>
                  <Fields kind={kind} row={row} problem={(part) => problems[`${index}.${part}`]} change={(changed) => change(rows.map((each, place) => (place === index ? changed : each)))} />
                </div>
                <ActionIcon variant="subtle" color="red" aria-label={`Take ${name} ${index + 1} away`} onClick={() => change(rows.filter((_, place) => place !== index))}>
                  <IconTrash size={18} />
                </ActionIcon>
              </Group>
            </Card>
          ))
        )}
        {problem && (
          <Text size="sm" c="red" role="status">
            {problem}
          </Text>
        )}
        {!readOnly && (
          <Group>
            <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => change([...rows, freshRow(kind, zone)])}>
              Add a {name}
            </Button>
          </Group>
        )}
      </Stack>
    </Fieldset>
  );
}

function Fields({ kind, row, ...rest }: { kind: RowKind; row: Row; problem: (part: string) => string | undefined; change: (row: Row) => void }) {
  if (kind === 'budgets') return <BudgetFields row={row as BudgetRow} {...rest} />;
  if (kind === 'windows') return <WindowFields row={row as WindowRow} {...rest} />;
  return <MinimumFields row={row as MinimumRow} {...rest} />;
}
