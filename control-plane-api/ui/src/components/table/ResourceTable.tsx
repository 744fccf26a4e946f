import { Checkbox, Group, Loader, Text, UnstyledButton } from '@mantine/core';
import { useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { columnVisibilityFeature, rowSelectionFeature, type RowSelectionState, tableFeatures, useTable } from '@tanstack/react-table';
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate } from '@tanstack/react-router';
import { type CSSProperties, memo, type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react';
import type { Identified } from '../../api/types';
import { ErrorState, LoadingRows } from '../states';
import type { Column } from './column';
import { NoMatch } from './NoMatch';
import classes from './ResourceTable.module.css';
import type { ResourceList } from './useResourceList';
import { scrolledTo, withActive } from './revealed';
import { rowKeys, useActiveRow } from './rowKeys';
import { useMeasuredWidth } from './useMeasuredWidth';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const ROW_PX = 57;
const CARD_PX = 150;
const CARDS_BELOW_PX = 640;
const CARD_MIN_PX = 320;

export interface Selection {
  chosen: RowSelectionState;
  change: (chosen: RowSelectionState) => void;
}

interface Props<T extends Identified> {
  /** What the rows are, for people who do not see the page: "Sessions". */
  label: string;
  list: ResourceList<T>;
  columns: readonly Column<T>[];
  /** The same row where there is little width, and in the view of cards. */
  card: (row: T) => ReactNode;
  view?: 'table' | 'cards';
  sort?: string;
  onSort?: (sort: string) => void;
  /** Address of the page of one row. */
  open?: (row: T) => string;
  /** Instead, for rows that have no page of their own. */
  onOpen?: (row: T) => void;
  empty: ReactNode;
  /** Filters are set: then an empty list says so instead. */
  filtered?: boolean;
  selection?: Selection;
}

/** A list with every state that it can be in; rows and cards are made only where they are seen. */
export function ResourceTable<T extends Identified>(props: Props<T>) {
  const { list, empty, filtered } = props;
  if (!list.rows) return list.error ? <ErrorState error={list.error} retry={list.retry} /> : <LoadingRows rows={8} />;
  if (list.rows.length === 0 && !list.hasMore) {
    return filtered ? <NoMatch /> : empty;
  }
  return <Scrolled {...props} rows={list.rows} />;
}

function Scrolled<T extends Identified>({ rows, ...props }: Props<T> & { rows: readonly T[] }) {
  const { list, columns, view = 'table', open, onOpen, selection } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const { ref: sized, width } = useMeasuredWidth();
  const navigate = useNavigate();
  const asCards = view === 'cards' || (width > 0 && width < CARDS_BELOW_PX);
  const lanes = asCards ? Math.max(1, Math.floor(width / CARD_MIN_PX)) : 1;
  const [active, setActive] = useActiveRow(rows.length);
  const virtual = useVirtualizer({
    count: Math.ceil(rows.length / lanes),
    getScrollElement: () => scroll.current,
    estimateSize: () => (asCards ? CARD_PX : ROW_PX),
    overscan: 6,
    // Nobody waits for a scroll to be drawn before the next key is taken.
    useFlushSync: false,
    rangeExtractor: useCallback((range: Range) => withActive(defaultRangeExtractor(range), Math.floor(active / lanes)), [active, lanes]),
    initialRect: { width: 1024, height: 600 },
    // What was measured as a card, or beside other cards, says nothing of it as a row: it is another element then.
    getItemKey: (index) => `${asCards ? lanes : 'row'} ${rows[index * lanes]?.id ?? index}`,
  });
  const show = useCallback(
    (index: number) => {
      const row = rows[index] as T;
      if (onOpen) onOpen(row);
      else if (open) void navigate({ to: open(row) });
    },
    [navigate, open, onOpen, rows],
  );
  const go = (index: number) => {
    // Until the other row is made, the list has the focus: keys may come faster than it scrolls, and the row that they leave go.
    scroll.current?.focus({ preventScroll: true });
    setActive(index);
    if (asCards) virtual.scrollToIndex(Math.floor(index / lanes));
    else if (scroll.current) reveal(scroll.current, index);
  };
  const items = virtual.getVirtualItems();
  const seen = useMemo(() => items.flatMap((item) => rows.slice(item.index * lanes, (item.index + 1) * lanes)), [items, rows, lanes]);
  const table = useShownTable(seen, columns, width, selection);
  useMoreAtTheEnd(list, virtual.range?.endIndex ?? 0, Math.ceil(rows.length / lanes));
  useFocusOn(scroll, active);

  const shown = table.getVisibleLeafColumns();
  const ids = shown.map((column) => column.id).join(' ');
  const visible = useMemo(() => columns.filter((column) => ids.split(' ').includes(column.id)), [columns, ids]);
  const template = [...(selection && !asCards ? ['2.75rem'] : []), ...shown.map((column) => widthOf(columns, column.id))].join(' ');
  const byId = new Map(table.getRowModel().rows.map((row) => [row.id, row]));
  const place = (start: number): CSSProperties => ({ transform: `translateY(${start}px)` });
  const rowProps = (index: number) => ({
    'data-index': index,
    tabIndex: index === active ? 0 : -1,
    onFocus: () => setActive(index),
    onClick: (event: React.MouseEvent) => {
      if (event.target instanceof HTMLElement && !event.target.closest('a, button, input, label')) show(index);
    },
  });
  return (
    <>
      <div
        ref={useMergedRef(scroll, sized)}
        className={classes.scroll}
        data-stale={list.isStale || undefined}
        role={asCards ? 'list' : 'grid'}
        aria-label={props.label}
        aria-rowcount={asCards ? undefined : list.hasMore ? -1 : rows.length + 1}
        aria-busy={list.isStale}
        tabIndex={-1}
        onKeyDown={rowKeys(active, rows.length, go, show)}
      >
        {!asCards && (
          <div className={classes.header} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {selection && <div role="columnheader" className={classes.head} aria-label="Chosen" />}
            {shown.map((column) => (
              <Heading key={column.id} column={columns.find((each) => each.id === column.id) as Column<T>} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
        )}
        <div className={classes.body} role="presentation" style={{ height: virtual.getTotalSize(), marginTop: asCards ? 12 : 0 }}>
          {items.map((item) => {
            const inLane = rows.slice(item.index * lanes, (item.index + 1) * lanes);
            if (asCards) {
              return (
                <div key={item.key} ref={virtual.measureElement} data-index={item.index} role="presentation" className={classes.cards} style={{ ...place(item.start), gridTemplateColumns: `repeat(${lanes}, minmax(0, 1fr))` }}>
                  {inLane.map((row, lane) => (
                    <div key={row.id} role="listitem" className={classes.card} {...rowProps(item.index * lanes + lane)}>
                      {props.card(row)}
                    </div>
                  ))}
                </div>
              );
            }
            const row = inLane[0] && byId.get(inLane[0].id);
            if (!row) return null;
            return (
              <div key={item.key} role="row" aria-rowindex={item.index + 2} aria-selected={selection ? row.getIsSelected() : undefined} className={classes.row} style={{ ...place(item.start), height: ROW_PX, gridTemplateColumns: template }} {...rowProps(item.index)}>
                {selection && (
                  <div role="gridcell" className={classes.cell}>
                    <Checkbox size="xs" tabIndex={-1} aria-label="Choose" checked={row.getIsSelected()} onChange={row.getToggleSelectedHandler()} />
                  </div>
                )}
                <Cells row={row.original} columns={visible} />
              </div>
            );
          })}
        </div>
      </div>
      <Footer list={list} shown={rows.length} />
    </>
  );
}

/** The cells of one row: made again when that row changes, not whenever the list scrolls or another row changes. */
const Cells = memo(function Cells<T extends Identified>({ row, columns }: { row: T; columns: readonly Column<T>[] }) {
  return columns.map((column) => (
    <div key={column.id} role="gridcell" className={classes.cell} data-align={column.align}>
      {column.cell(row)}
    </div>
  ));
}) as <T extends Identified>(props: { row: T; columns: readonly Column<T>[] }) => ReactNode;

function useShownTable<T extends Identified>(seen: T[], columns: readonly Column<T>[], width: number, selection?: Selection) {
  const defs = useMemo(() => columns.map((column) => ({ id: column.id, header: column.header })), [columns]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map((column) => [column.id, column.from === undefined || width === 0 || width >= column.from])),
    [columns, width],
  );
  const chosen = selection?.chosen ?? NONE;
  return useTable({
    features,
    data: seen,
    columns: defs,
    getRowId: (row: T) => row.id,
    state: { columnVisibility, rowSelection: chosen },
    onRowSelectionChange: (next: RowSelectionState | ((before: RowSelectionState) => RowSelectionState)) =>
      selection?.change(typeof next === 'function' ? next(chosen) : next),
  });
}

const NONE: RowSelectionState = {};

function widthOf<T>(columns: readonly Column<T>[], id: string): string {
  return columns.find((column) => column.id === id)?.width ?? 'minmax(8rem, 1fr)';
}

function Heading<T>({ column, sort, onSort }: { column: Column<T>; sort?: string; onSort?: (sort: string) => void }) {
  const newest = sort === `-${column.sort}`;
  const sorted = column.sort !== undefined && (newest || sort === column.sort);
  const Arrow = newest ? IconArrowDown : IconArrowUp;
  return (
    <div role="columnheader" className={classes.head} data-align={column.align} aria-sort={sorted ? (newest ? 'descending' : 'ascending') : undefined}>
      {column.sort && onSort ? (
        <UnstyledButton fz="sm" fw={600} onClick={() => onSort(newest ? (column.sort as string) : `-${column.sort}`)}>
          <Group gap={4} wrap="nowrap">
            {column.header}
            {sorted && <Arrow size={14} aria-hidden />}
          </Group>
        </UnstyledButton>
      ) : (
        column.header
      )}
    </div>
  );
}

function Footer<T>({ list, shown }: { list: ResourceList<T>; shown: number }) {
  const count = (amount: number) => amount.toLocaleString('en');
  const of = list.total === undefined ? '' : ` of ${list.totalIsExact ? '' : 'more than '}${count(list.total)}`;
  return (
    <Group gap="xs" mt={6} mih={22}>
      <Text size="xs" c="dimmed" className="lcm-numbers" role="status">
        {list.hasMore ? `${count(shown)}${of} read; scroll for more` : `${count(shown)}${of}`}
      </Text>
      {list.isLoadingMore && <Loader size={14} aria-label="Reading more" />}
      {list.error && (
        <Text size="xs" c="red">
          {list.error.message}{' '}
          <UnstyledButton fz="xs" td="underline" onClick={list.retry}>
            Try again
          </UnstyledButton>
        </Text>
      )}
    </Group>
  );
}

const ROWS_AHEAD = 20;

function useMoreAtTheEnd<T>(list: ResourceList<T>, last: number, count: number): void {
  const { loadMore, hasMore, isLoadingMore, error } = list;
  useEffect(() => {
    if (hasMore && !isLoadingMore && !error && last + ROWS_AHEAD >= count) loadMore();
  });
}

function reveal(box: HTMLElement, index: number): void {
  const heading = box.querySelector<HTMLElement>('[role="row"]')?.offsetHeight ?? 0;
  box.scrollTop = scrolledTo(index, ROW_PX, { top: box.scrollTop, height: box.clientHeight, heading });
}

/** The focus goes with the active row, which is always there, if it was in the list before. */
function useFocusOn(scroll: React.RefObject<HTMLDivElement | null>, active: number): void {
  useEffect(() => {
    const box = scroll.current;
    const focused = document.activeElement as HTMLElement | null;
    if (!box?.contains(focused) || (focused !== box && focused?.dataset.index === undefined)) return;
    box.querySelector<HTMLElement>(`[tabindex="0"][data-index="${active}"]`)?.focus({ preventScroll: true });
  }, [scroll, active]);
}
