import { Button, SegmentedControl, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useMay } from '../../api/access';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { PageTitle } from '../../components/PageTitle';
import { LoadingRows } from '../../components/states';
import { ReservationList } from './ReservationList';
import { RESERVATION_STATES } from './reservationText';

const Timeline = lazy(() => import('./Timeline'));
const Calendar = lazy(() => import('./Calendar'));

export const RESERVATIONS_URL = {
  view: oneOf(['list', 'calendar', 'timeline'], 'list'),
  status: maybeOneOf(RESERVATION_STATES),
  external_id: text(),
  definition_id: text(),
  sort: oneOf(['-created_at', 'created_at'], '-created_at'),
  /** First day of the calendar or the timeline, as 2026-01-05; today when left out. */
  day: text(10),
  span: oneOf(['hours', 'day', 'days', 'week'], 'day'),
};

const VIEWS = [
  { value: 'list', label: 'List' },
  { value: 'calendar', label: 'Calendar' },
  { value: 'timeline', label: 'Timeline' },
];

/** Who has booked what and when: as a list, by day, and by the workers that hold the room. */
export default function ReservationsPage() {
  const [url, change] = useUrlState(RESERVATIONS_URL);
  const may = useMay();
  const views = VIEWS.filter(({ value }) => value !== 'timeline' || may('GET /api/v1/workers'));
  return (
    <Stack gap="md">
      <PageTitle title="Reservations">
        <SegmentedControl aria-label="View" data={views} value={url.view} onChange={(view) => change({ view: view as typeof url.view }, { push: true })} />
        {may('POST /api/v1/reservations') && (
          <Button leftSection={<IconPlus size={16} />} renderRoot={(props) => <Link to={'/reservations/book' as string} {...props} />}>
            Book
          </Button>
        )}
      </PageTitle>
      {url.view === 'list' && <ReservationList url={url} change={change} />}
      <Suspense fallback={<LoadingRows />}>
        {url.view === 'calendar' && <Calendar day={url.day} choose={(day) => change({ day })} definition={url.definition_id} />}
        {url.view === 'timeline' && <Timeline day={url.day} span={url.span} change={change} />}
      </Suspense>
    </Stack>
  );
}

