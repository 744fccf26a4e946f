import { SegmentedControl } from '@mantine/core';
import { IconLayoutColumns, IconLayoutGrid, IconTable } from '@tabler/icons-react';

const VIEWS = {
  table: { label: 'Table', icon: IconTable },
  cards: { label: 'Cards', icon: IconLayoutGrid },
  board: { label: 'Board', icon: IconLayoutColumns },
} as const;

export type View = keyof typeof VIEWS;

/** How a list is shown. */
export function ViewSwitch<V extends View>({ value, views, onChange }: { value: V; views: readonly V[]; onChange: (view: V) => void }) {
  const data = views.map((view) => {
    const { label, icon: Glyph } = VIEWS[view];
    return { value: view, label: <Glyph size={18} aria-label={label} style={{ display: 'block' }} /> };
  });
  return <SegmentedControl aria-label="View" value={value} onChange={(view) => onChange(view as V)} data={data} />;
}
