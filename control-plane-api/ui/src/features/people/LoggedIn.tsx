import { Button, Card, Group, Stack, Text } from '@mantine/core';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { browserName } from './browserName';

type Row = Schemas['WebSessionRow'];
const LOOK_MS = 15_000;

/** Who is logged in with a browser now, and when each was last here. */
export function LoggedIn() {
  const sessions = useApi('/api/v1/web-sessions', {}, { everyMs: LOOK_MS });
  return (
    <Answered query={sessions} height={240}>
      {(rows) => (
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            Browsers in which somebody is logged in, the last used first. Programs with a token are not among them: they are in the audit.
          </Text>
          {byPerson(rows).map(([subject, own]) => (
            <Person key={subject} own={own} />
          ))}
        </Stack>
      )}
    </Answered>
  );
}

export function byPerson(rows: readonly Row[]): [string, Row[]][] {
  const people = new Map<string, Row[]>();
  for (const row of rows) people.set(row.subject, [...(people.get(row.subject) ?? []), row]);
  return [...people];
}

function Person({ own }: { own: readonly Row[] }) {
  const ask = useAction();
  const [first] = own;
  const [end] = useAllowed(first ? [ending(first, own.length)] : []);
  if (!first) return null;
  return (
    <Card withBorder component="article" aria-label={first.name}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} style={{ flex: '1 1 16rem', minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600}>{first.name}</Text>
            {first.roles.map((role) => (
              <StatusBadge key={role} status={role} tone="resting" />
            ))}
          </Group>
          {own.map((row) => (
            <Text size="sm" component="div" key={row.created_at + row.remote_address} style={{ overflowWrap: 'anywhere' }}>
              {browserName(row.user_agent)} from {row.remote_address}, logged in <Moment at={row.created_at} />, last here <Moment at={row.last_seen_at} />
            </Text>
          ))}
        </Stack>
        {end && (
          <Button size="xs" variant="light" color="red" onClick={() => ask(end)} aria-label={`Log out ${first.name}`}>
            Log out
          </Button>
        )}
      </Group>
    </Card>
  );
}

function ending({ subject, name }: Row, browsers: number): Action {
  return {
    operation: 'POST /api/v1/web-sessions/end',
    label: 'Log out',
    destructive: true,
    asksReason: true,
    consequence: `${name} is logged out of ${browsers === 1 ? 'the browser' : `all ${browsers} browsers`} at once. They may log in again unless the identity provider says otherwise: take the account or its roles away there.`,
    send: ({ reason }, header) => api.POST('/api/v1/web-sessions/end', { params: { header }, body: { subject, reason } }),
    done: 'They are logged out.',
  };
}
