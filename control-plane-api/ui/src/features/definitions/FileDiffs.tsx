import { Accordion, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import type { Schemas } from '../../api/types';
import { oneOf, useUrlState } from '../../app/urlState';
import { amountText, changedPart, type Hunk, hunksOf, type Line, type Pair, paired } from './diffRows';
import classes from './FileDiff.module.css';

const URL_STATE = { diff: oneOf(['unified', 'split'], 'unified') };
const SPLIT_FROM_PX = 760;
const OPEN_AT_FIRST = 3;

/** The files that changed, line by line: one below the other or, where there is room, side by side. */
export function FileDiffs({ files, before, after }: { files: readonly Schemas['FileDiff'][]; before: string; after: string }) {
  const [{ diff }, change] = useUrlState(URL_STATE);
  const { ref, width } = useElementSize();
  const [open, setOpen] = useState(() => files.slice(0, OPEN_AT_FIRST).map((file) => file.path));
  const split = diff === 'split' && width >= SPLIT_FROM_PX;
  if (files.length === 0) return null;
  return (
    <Stack gap="xs" ref={ref}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {files.length === 1 ? '1 file' : `${files.length} files`}
        </Text>
        {width >= SPLIT_FROM_PX && (
          <SegmentedControl size="xs" aria-label="How files are compared" value={diff} onChange={(value) => change({ diff: value as typeof diff })} data={[{ value: 'unified', label: 'Unified' }, { value: 'split', label: 'Side by side' }]} />
        )}
      </Group>
      <Accordion multiple variant="separated" value={open} onChange={setOpen} keepMounted={false} order={3}>
        {files.map((file) => (
          <FileDiff key={file.path} file={file} split={split} titles={[before, after]} />
        ))}
      </Accordion>
    </Stack>
  );
}

function FileDiff({ file, split, titles }: { file: Schemas['FileDiff']; split: boolean; titles: readonly [string, string] }) {
  const found = useMemo(() => hunksOf(file.lines), [file.lines]);
  return (
    <Accordion.Item value={file.path}>
      <Accordion.Control>
        <Group gap="sm">
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {file.path}
          </Text>
          <Text size="xs" c="dimmed" className="lcm-numbers">
            {found.hunks.length > 0 && amountText(found)}
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        {found.hunks.length > 0 && (
          <div className={classes.scroll} tabIndex={0} role="region" aria-label={`Lines of ${file.path}`}>
          <table className={classes.diff} aria-label={`Changes of ${file.path}`}>
            <colgroup>
              {(split ? SPLIT_COLUMNS : UNIFIED_COLUMNS).map((name, index) => (
                <col key={index} className={name} />
              ))}
            </colgroup>
            <thead>{split ? <SplitHead titles={titles} /> : <UnifiedHead />}</thead>
            {found.hunks.map((hunk, index) => (split ? <SplitHunk key={index} hunk={hunk} /> : <UnifiedHunk key={index} hunk={hunk} />))}
          </table>
          </div>
        )}
        {found.note && <Text size="sm">{found.note}</Text>}
        {file.cut && (
          <Text size="sm" c="dimmed" mt="xs">
            There is more than is shown here.
          </Text>
        )}
      </Accordion.Panel>
    </Accordion.Item>
  );
}

const SPLIT_COLUMNS = [classes.number, classes.sign, undefined, classes.number, classes.sign, undefined];
const UNIFIED_COLUMNS = [classes.number, classes.number, classes.sign, undefined];

function UnifiedHead() {
  return (
    <tr>
      <th className={classes.number} scope="col">
        old
      </th>
      <th className={classes.number} scope="col">
        new
      </th>
      <th className={classes.sign} scope="col" aria-label="Change" />
      <th scope="col" aria-label="Line" />
    </tr>
  );
}

function SplitHead({ titles }: { titles: readonly [string, string] }) {
  return (
    <tr>
      {titles.map((title, index) => (
        <th key={index} colSpan={3} scope="colgroup">
          {title}
        </th>
      ))}
    </tr>
  );
}

const SIGN: Record<Line['kind'], string> = { gone: '−', new: '+', same: '' };
const SAID: Record<Line['kind'], string | undefined> = { gone: 'removed', new: 'added', same: undefined };

function UnifiedHunk({ hunk }: { hunk: Hunk }) {
  const partner = useMemo(() => partners(hunk), [hunk]);
  return (
    <tbody>
      {hunk.lines.map((line, index) => (
        <tr key={index} data-kind={line.kind}>
          <td className={classes.number}>{line.before}</td>
          <td className={classes.number}>{line.after}</td>
          <td className={classes.sign} aria-label={SAID[line.kind]}>
            {SIGN[line.kind]}
          </td>
          <td>
            <Words line={line} other={partner.get(line)} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function partners(hunk: Hunk): Map<Line, Line> {
  const found = new Map<Line, Line>();
  for (const { before, after } of paired(hunk.lines)) {
    if (!before || !after) continue;
    found.set(before, after);
    found.set(after, before);
  }
  return found;
}

function SplitHunk({ hunk }: { hunk: Hunk }) {
  return (
    <tbody>
      {paired(hunk.lines).map((pair, index) => (
        <tr key={index}>
          <Side pair={pair} side="before" />
          <Side pair={pair} side="after" />
        </tr>
      ))}
    </tbody>
  );
}

function Side({ pair, side }: { pair: Pair; side: 'before' | 'after' }) {
  const line = pair[side];
  const other = pair[side === 'before' ? 'after' : 'before'];
  if (!line) return <td colSpan={3} />;
  return (
    <>
      <td className={classes.number} data-kind={line.kind}>
        {line[side]}
      </td>
      <td className={classes.sign} data-kind={line.kind} aria-label={SAID[line.kind]}>
        {SIGN[line.kind]}
      </td>
      <td data-kind={line.kind}>
        <Words line={line} other={other ?? undefined} />
      </td>
    </>
  );
}

function Words({ line, other }: { line: Line; other: Line | undefined }) {
  if (line.kind === 'same' || !other) return line.text;
  const { head, changed, tail } = changedPart(line.text, other.text);
  if (!changed || (!head.trim() && !tail.trim())) return line.text;
  return (
    <>
      {head}
      <mark>{changed}</mark>
      {tail}
    </>
  );
}
