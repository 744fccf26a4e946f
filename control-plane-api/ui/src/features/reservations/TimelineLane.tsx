import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { SessionRow, WorkerRow } from '../../api/types';
import classes from './Timeline.module.css';
import { type Dragged, LINE_PX, TimelineBar } from './TimelineBar';
import { bandsOf, linesOf, placeOf, type Span, taken } from './timeBands';

const NAME_LINE_PX = 19;
/** More lines than these are folded away, so that one lane does not hide the others; nobody reads a hundred at a time. */
const FOLDED_LINES = 8;

interface Props {
  /** Undefined for sessions for which nobody holds room. */
  worker: WorkerRow | undefined;
  sessions: readonly SessionRow[];
  window: Span;
  /** Pixels of the lane at the least. */
  px: number;
  mayMove: (session: SessionRow) => boolean;
  dragged: Dragged | null;
  answer: 'yes' | 'no' | undefined;
  drag: (dragged: Dragged | null) => void;
  drop: (dragged: Dragged) => void;
}

/** One worker over time: its sessions, and below them how full they make it. */
export function TimelineLane({ worker, sessions, window, px, mayMove, dragged, ...rest }: Props) {
  const spanOf = (session: SessionRow) => ({ from: Date.parse(session.timeslot.start), to: Date.parse(session.timeslot.end) });
  const shown = sessions.filter((session) => {
    const { from, to } = spanOf(session);
    return (to > window.from && from < window.to) || dragged?.session.id === session.id;
  });
  const [unfolded, unfold] = useState(false);
  const lines = linesOf(shown.map((session) => taken(spanOf(session), window, px)));
  const high = Math.max(1, ...lines.map((line) => line + 1));
  const folds = high > FOLDED_LINES + 1;
  const most = folds && !unfolded ? FOLDED_LINES : high;
  const height = most * LINE_PX + 26;
  // Long names differ at their end: as many lines of them as the lane is high, beside the line for the state.
  const nameLines = Math.max(2, Math.floor((height - (folds ? 70 : 30)) / NAME_LINE_PX));
  const bands = worker ? bandsOf(worker.declared, worker.allocations ?? [], window).filter((band) => band.share > 0) : [];
  const now = Date.now();
  return (
    <div className={classes.row}>
      <div className={classes.name}>
        <Text size="sm" fw={600} lineClamp={nameLines} lh={1.3} title={worker?.name} style={{ overflowWrap: 'anywhere' }}>{worker?.name ?? 'No room held'}</Text>
        <Text size="xs" c="dimmed" lineClamp={2}>{worker ? worker.status.toLowerCase() : 'needs a person or a worker'}</Text>
        {folds && (
          <Button variant="default" size="compact-xs" mt={4} aria-expanded={unfolded} onClick={() => unfold(!unfolded)}>
            {unfolded ? 'Fewer' : `All ${shown.length}`}
          </Button>
        )}
      </div>
      <div className={classes.lane} style={{ minHeight: height }}>
        {bands.map((band) => {
          const { left, width } = placeOf(band, window);
          const percent = Math.round(100 * band.share);
          return (
            <div key={band.from} className={classes.band} style={{ left: `${left}%`, width: `${width}%` }} title={`${percent}% in use`}>
              <div className={classes.level} data-full={percent > 85 || undefined} style={{ height: `${Math.min(100, Math.max(12, percent))}%` }} />
            </div>
          );
        })}
        {now > window.from && now < window.to && <div className={classes.now} style={{ left: `${placeOf({ from: now, to: now }, window).left}%` }} />}
        {shown.map((session, index) => (lines[index] ?? 0) < most && (
          <TimelineBar key={session.id} session={session} window={window} line={lines[index] ?? 0} moves={mayMove(session)} dragged={dragged} {...rest} />
        ))}
      </div>
    </div>
  );
}
