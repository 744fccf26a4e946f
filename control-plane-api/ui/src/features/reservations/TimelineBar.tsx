import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import type { SessionRow } from '../../api/types';
import classes from './Timeline.module.css';
import { slotText } from '../../components/booking/slotText';
import { BAR_PX, movedBy, placeOf, SNAP_MS, type Span } from './timeBands';

export interface Dragged {
  session: SessionRow;
  start: number;
}

interface Props {
  session: SessionRow;
  window: Span;
  line: number;
  /** Whether the person may move it, and it has not begun. */
  moves: boolean;
  dragged: Dragged | null;
  answer: 'yes' | 'no' | undefined;
  drag: (dragged: Dragged | null) => void;
  drop: (dragged: Dragged) => void;
}

export const LINE_PX = 28;

/** One session at its slot. Dragged, or moved by arrow keys and Enter, it gets another time; pressed, it opens. */
export function TimelineBar({ session, window, line, moves, dragged, answer, drag, drop }: Props) {
  const navigate = useNavigate();
  const begun = useRef<{ x: number; moved: boolean } | null>(null);
  const original = Date.parse(session.timeslot.start);
  const length = Date.parse(session.timeslot.end) - original;
  const isDragged = dragged?.session.id === session.id;
  const start = isDragged ? dragged.start : original;
  const { left, width } = placeOf({ from: start, to: start + length }, window);
  const open = () => void navigate({ to: `/reservations/${session.reservation_id}` as string });
  const down = (event: PointerEvent<HTMLButtonElement>) => {
    if (!moves || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = { x: event.clientX, moved: false };
  };
  const move = (event: PointerEvent<HTMLButtonElement>) => {
    const from = begun.current;
    if (!from || (!from.moved && Math.abs(event.clientX - from.x) < 4)) return;
    from.moved = true;
    const lane = event.currentTarget.parentElement as HTMLElement;
    drag({ session, start: movedBy(original, event.clientX - from.x, lane.clientWidth, window) });
  };
  const up = () => {
    const moved = begun.current?.moved;
    begun.current = null;
    if (!moved) return open();
    if (isDragged && start !== original) drop({ session, start });
    else drag(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return isDragged && start !== original ? drop({ session, start }) : open();
    }
    if (event.key === 'Escape') return drag(null);
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (!moves || step === 0) return;
    event.preventDefault();
    drag({ session, start: start + step * SNAP_MS * (event.shiftKey ? 12 : 3) });
  };
  const said = `${session.candidate.username}, ${session.definition_name}, ${slotText({ start: new Date(start).toISOString(), end: new Date(start + length).toISOString() })}, ${session.status}`;
  return (
    <button
      type="button"
      className={classes.bar}
      data-moves={moves || undefined}
      data-dragged={isDragged || undefined}
      data-answer={isDragged ? answer : undefined}
      style={{ left: `min(${left}%, 100% - ${BAR_PX}px)`, width: `${width}%`, minWidth: BAR_PX, top: 4 + line * LINE_PX }}
      title={said}
      aria-label={moves ? `${said}. Arrow keys move it, Enter asks for the new time.` : said}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={moves ? up : undefined}
      onPointerCancel={() => {
        begun.current = null;
        drag(null);
      }}
      onClick={moves ? undefined : open}
      onKeyDown={key}
    >
      {session.candidate.username} · {session.definition_name}
    </button>
  );
}
