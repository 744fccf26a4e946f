import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import type { Schemas } from '../../api/types';

export type Terms = Pick<Schemas['DryRun'], 'definition_id' | 'duration_minutes' | 'start' | 'local_start' | 'time_zone' | 'moved_session_id'> & Partial<Pick<Schemas['DryRun'], 'seats' | 'priority'>>;

const PAUSE_MS = 250;

/** What a booking of these terms would be answered now; asked again when they, the fleet or other bookings change. */
export function useDryRun(terms: Terms | undefined, pauseMs = PAUSE_MS) {
  const key = JSON.stringify(terms ?? null);
  const [asked] = useDebouncedValue(key, pauseMs);
  const query = useQuery({
    queryKey: ['dry-run', asked],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/scheduler/dry-run', { body: JSON.parse(asked) as Schemas['DryRun'], signal })),
    enabled: asked !== 'null',
    placeholderData: keepPreviousData,
    retry: false,
    meta: { kinds: ['cml_worker'] },
  });
  return { ...query, isOfBefore: asked !== key || query.isPlaceholderData || query.isFetching };
}
