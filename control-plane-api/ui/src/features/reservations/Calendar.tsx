import { Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { PageLink } from '../../components/PageLink';
import { dayStart, dayText, shifted, weekOf } from './days';
import type { ReservationRow } from './reservationColumns';
import { DefinitionName } from '../../components/booking/DefinitionName';
import { type Names, useDefinitionNames } from '../../components/booking/useDefinitions';

const MOST_PER_DAY = 100;

/** A week of bookings, day by day, at the time when each begins. */
export default function Calendar({ day, choose, definition }: { day: string | undefined; choose: (day: string | undefined) => void; definition: string | undefined }) {
  const [today] = useState(() => dayText(Date.now()));
  const names = useDefinitionNames();
  const week = weekOf(day ?? today);
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button variant="default" px="xs" aria-label="Week before" onClick={() => choose(shifted(day ?? today, -7))}><IconChevronLeft size={18} /></Button>
        <TextInput type="date" aria-label="Week of" value={day ?? today} onChange={(event) => choose(event.currentTarget.value || undefined)} />
        <Button variant="default" px="xs" aria-label="Week after" onClick={() => choose(shifted(day ?? today, 7))}><IconChevronRight size={18} /></Button>
        <Button variant="default" disabled={!day} onClick={() => choose(undefined)}>Today</Button>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 4, xl: 7 }} spacing="xs" className="lcm-in-turn">
        {week.map((each) => (
          <Day key={each} day={each} isToday={each === today} names={names} definition={definition} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Day({ day, isToday, names, definition }: { day: string; isToday: boolean; names: Names | undefined; definition: string | undefined }) {
  const [from, to] = [day, shifted(day, 1)].map((each) => new Date(dayStart(each)).toISOString());
  const found = useApi('/api/v1/reservations', { params: { query: { from, to, status: 'ACCEPTED', definition_id: definition, limit: MOST_PER_DAY, total: true } } }, { kinds: ['reservation'], keep: true });
  const title = new Date(dayStart(day)).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return (
    <Card withBorder padding="xs" style={isToday ? { borderColor: 'var(--mantine-primary-color-filled)' } : undefined}>
      <Group justify="space-between" mb={6} wrap="nowrap" gap="xs">
        <Title order={2} size="sm">{isToday ? 'Today' : title}</Title>
        {found.data?.total ? <Text size="xs" c="dimmed" className="lcm-numbers">{found.data.total.toLocaleString('en')}</Text> : null}
      </Group>
      <Answered query={found} height={17}>
        {({ items, total }) => (
          <Stack gap={8} mah="max(18rem, calc(100dvh - 15rem))" style={{ overflowY: 'auto' }}>
            {items.length === 0 && <Text size="xs" c="dimmed">Nothing booked</Text>}
            {[...items].reverse().map((row) => <Entry key={row.id} row={row} names={names} />)}
            {(total ?? 0) > items.length && <Text size="xs" c="dimmed">The last {items.length} of {total}; see the list for all.</Text>}
          </Stack>
        )}
      </Answered>
    </Card>
  );
}

function Entry({ row, names }: { row: ReservationRow; names: Names | undefined }) {
  const time = (at: string) => new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return (
    <div>
      <Text size="xs" c="dimmed" className="lcm-numbers">{`${time(row.timeslot.start)}–${time(row.timeslot.end)}`}</Text>
      <PageLink to={`/reservations/${row.id}`} size="sm" truncate>
        {row.candidate.username}
      </PageLink>
      <DefinitionName id={row.definition_id} names={names} size="xs" dimmed />
    </div>
  );
}
