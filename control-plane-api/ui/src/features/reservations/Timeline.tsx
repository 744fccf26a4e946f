import { Alert, Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconCalendarEvent, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useMay } from '../../api/access';
import type { SessionRow, WorkerRow } from '../../api/types';
import { NextStep } from '../../components/NextStep';
import { EmptyState, LoadingRows } from '../../components/states';
import { useMeasuredWidth } from '../../components/table/useMeasuredWidth';
import { useLiveRows } from '../../live/useLive';
import { dayStart, dayText, shifted } from './days';
import { verdictOf } from '../../components/booking/feasibility';
import { type Move, RescheduleDialog } from './RescheduleDialog';
import { whyNotMoved } from './reservationActions';
import { slotText } from '../../components/booking/slotText';
import { minutesOf } from './reservationText';
import classes from './Timeline.module.css';
import { type Dragged } from './TimelineBar';
import { TimelineLane } from './TimelineLane';
import { lanePx, markText, marksOf, placeOf } from './timeBands';
import { useDryRun } from '../../components/booking/useDryRun';

const SPANS = [
  { value: 'hours', label: '6 h' },
  { value: 'day', label: 'Day' },
  { value: 'days', label: '3 days' },
  { value: 'week', label: 'Week' },
];
const HOURS = { hours: 6, day: 24, days: 72, week: 168 } as const;
type Length = keyof typeof HOURS;
const HOUR = 3_600_000;

interface Props {
  day: string | undefined;
  span: Length;
  change: (part: { day?: string; span?: Length }) => void;
}

/** Who uses which worker when, and how full that makes it; what has not begun can be dragged to another time. */
export default function Timeline({ day, span: length, change }: Props) {
  const span = HOURS[length];
  const workers = useLiveRows('cml_worker');
  const sessions = useLiveRows('lablet_session');
  const may = useMay();
  const [dragged, drag] = useState<Dragged | null>(null);
  const [move, setMove] = useState<Move | null>(null);
  const asked = useDryRun(dragged ? termsOf(dragged) : undefined, 120);
  const [hour] = useState(() => Math.floor(Date.now() / HOUR) * HOUR);
  const from = day ? dayStart(day) : hour - HOUR;
  const window = { from, to: from + span * HOUR };
  const { ref: sized, width } = useMeasuredWidth();
  const px = lanePx(span, width);
  const frame = useBegunAtNow(window, px);
  const lanes = useMemo(() => lanesOf([...(workers?.values() ?? [])], [...(sessions?.values() ?? [])]), [workers, sessions]);
  if (!workers || !sessions) return <LoadingRows />;
  const verdict = asked.data && !asked.isOfBefore ? verdictOf(asked.data) : undefined;
  const mayMove = may('POST /api/v1/reservations/{reservation_id}/reschedule') && may('POST /api/v1/scheduler/dry-run');
  const stepDay = (sign: number) => change({ day: shifted(day ?? dayText(hour), sign * Math.max(span / 24, 1)) });
  const lane = { window, px, mayMove: (session: SessionRow) => mayMove && whyNotMoved('ACCEPTED', session.status) === undefined, dragged, answer: verdict && (verdict.fits ? ('yes' as const) : ('no' as const)), drag, drop: (dropped: Dragged) => setMove(moveOf(dropped)) };
  return (
    <Stack gap="sm" ref={sized}>
      <Group gap="xs">
        <Button variant="default" px="xs" aria-label="Earlier" onClick={() => stepDay(-1)}><IconChevronLeft size={18} /></Button>
        <TextInput type="date" aria-label="First day" value={day ?? dayText(hour)} onChange={(event) => change({ day: event.currentTarget.value || undefined })} />
        <Button variant="default" px="xs" aria-label="Later" onClick={() => stepDay(1)}><IconChevronRight size={18} /></Button>
        <Button variant="default" onClick={() => change({ day: undefined })} disabled={!day}>Now</Button>
        <SegmentedControl aria-label="Length" data={SPANS} value={length} onChange={(value) => change({ span: value as Length })} />
      </Group>
      {mayMove && lanes.length > 0 && (
        <Alert variant="light" role="status" color={verdict ? (verdict.fits ? 'teal' : 'red') : 'gray'} py="xs">
          <Text size="sm" className="lcm-numbers">
            {dragged ? answerText(dragged, verdict, asked.error) : 'Drag what has not begun to another time, or focus it and press the arrow keys, then Enter. Whether there is room is told here before you let go.'}
          </Text>
        </Alert>
      )}
      {lanes.length === 0 ? (
        <EmptyState icon={IconCalendarEvent} title="No worker and no booking" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>A line for each worker appears here when something is booked.</EmptyState>
      ) : (
        <div className={classes.frame} ref={frame} tabIndex={0} role="region" aria-label="Timeline by worker">
          <div className={classes.inner} style={{ minWidth: px + NAME_PX }}>
            <div className={classes.row} data-scale>
              <div className={classes.name}><Text size="xs" c="dimmed">Worker</Text></div>
              <div className={classes.lane} style={{ height: 26 }}>
                {marksOf(window, px).map((at) => (
                  <div key={at} className={classes.mark} style={{ left: `${placeOf({ from: at, to: at }, window).left}%` }}>{markText(at)}</div>
                ))}
              </div>
            </div>
            {lanes.map(({ worker, sessions: held }) => (
              <TimelineLane key={worker?.id ?? ''} worker={worker} sessions={held} {...lane} />
            ))}
          </div>
        </div>
      )}
      {move && <RescheduleDialog move={move} close={() => { setMove(null); drag(null); }} />}
    </Stack>
  );
}

/** The narrowest column of names, as in the style sheet. */
const NAME_PX = 128;
const BEFORE_NOW_MS = 2 * HOUR;

/** A frame that begins two hours before now, where its window holds now and is wider than the frame. */
function useBegunAtNow({ from, to }: { from: number; to: number }, px: number) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const now = Date.now();
    const left = now < to ? Math.max(0, (px * (now - BEFORE_NOW_MS - from)) / (to - from)) : 0;
    frame.current?.scrollTo({ left });
  }, [from, to, px]);
  return frame;
}

const HOMELESS = '';

function lanesOf(workers: readonly WorkerRow[], sessions: readonly SessionRow[]) {
  const byHolder = new Map<string, SessionRow[]>();
  const known = new Set(workers.filter((worker) => worker.status !== 'TERMINATED').map((worker) => worker.id));
  for (const session of sessions) {
    if (session.status === 'TERMINATED') continue;
    const holder = session.worker_id ?? session.promised_worker_id ?? '';
    const lane = known.has(holder) ? holder : HOMELESS;
    const held = byHolder.get(lane);
    if (held) held.push(session);
    else byHolder.set(lane, [session]);
  }
  const present = workers.filter((worker) => known.has(worker.id)).sort((one, other) => one.name.localeCompare(other.name));
  const homeless = byHolder.get(HOMELESS);
  const lanes: { worker: WorkerRow | undefined; sessions: SessionRow[] }[] = present.map((worker) => ({ worker, sessions: byHolder.get(worker.id) ?? [] }));
  return homeless ? [{ worker: undefined, sessions: homeless }, ...lanes] : lanes;
}

function termsOf({ session, start }: Dragged) {
  return { definition_id: session.definition_id, duration_minutes: minutesOf(session.timeslot), start: new Date(start).toISOString(), moved_session_id: session.id };
}

function moveOf({ session, start }: Dragged): Move {
  return { reservationId: session.reservation_id, sessionId: session.id, definitionId: session.definition_id, learner: session.candidate.username, slot: session.timeslot, start, minutes: minutesOf(session.timeslot) };
}

function answerText({ session, start }: Dragged, verdict: ReturnType<typeof verdictOf> | undefined, error: Error | null): string {
  const length = Date.parse(session.timeslot.end) - Date.parse(session.timeslot.start);
  const to = `${session.candidate.username} to ${slotText({ start: new Date(start).toISOString(), end: new Date(start + length).toISOString() })}: `;
  if (verdict) return `${to}${verdict.headline.toLowerCase()}. ${verdict.lines.join(' ')}`;
  return to + (error ? error.message : 'asking whether there is room …');
}
