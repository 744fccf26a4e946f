import { Button, Stack } from '@mantine/core';
import { IconBellCheck, IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { useAction, useAllowed } from '../../actions/useAction';
import { NOTIFICATION_TITLES } from '../../api/notifications.gen';
import { maybeOneOf, oneOf, useUrlState } from '../../app/urlState';
import { FilterChoice, Filters } from '../../components/Filters';
import { later } from '../../components/later';
import { EmptyState } from '../../components/states';
import { ResourceTable, type Selection } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { acknowledging } from './acknowledging';
import { ACTIVE_COLUMNS, COLUMNS, type Notification, NotificationCard, SEVERITIES } from './notificationColumns';

const NotificationDrawer = later(async () => (await import('./NotificationDrawer')).NotificationDrawer);

type Kind = keyof typeof NOTIFICATION_TITLES;
const KINDS = Object.keys(NOTIFICATION_TITLES) as Kind[];
const KIND_CHOICES = KINDS.map((value) => ({ value, label: NOTIFICATION_TITLES[value] }));
const URL_STATE = { severity: maybeOneOf(SEVERITIES), kind: maybeOneOf(KINDS), sort: oneOf(['-opened_at', 'opened_at'], '-opened_at') };

/** What holds now, or what did and does no more. */
export function NotificationList({ active }: { active: boolean }) {
  const [{ sort, ...filters }, change] = useUrlState(URL_STATE);
  const [chosen, setChosen] = useState<Selection['chosen']>({});
  const [opened, setOpened] = useState<string | null>(null);
  const list = useResourceList<Notification>({ path: '/api/v1/notifications', filters: { ...filters, active: String(active) }, sort, rereadOn: ['notification'] });
  const ask = useAction();
  const picked = (list.rows ?? []).filter((row) => chosen[row.id] && row.status === 'open');
  const [acknowledge] = useAllowed([acknowledging(picked, () => setChosen({}))]);
  return (
    <Stack gap="md">
      <Filters>
        <FilterChoice label="Severity" value={filters.severity} choices={SEVERITIES} onChange={(severity) => change({ severity })} />
        <FilterChoice label="Kind" value={filters.kind} choices={KIND_CHOICES} onChange={(kind) => change({ kind })} />
        {active && acknowledge && picked.length > 0 && (
          <Button leftSection={<IconBellCheck size={16} />} onClick={() => ask(acknowledge)}>
            {acknowledge.label}
          </Button>
        )}
      </Filters>
      <ResourceTable
        label={active ? 'Notifications that hold' : 'Notifications that are over'}
        list={list}
        columns={active ? ACTIVE_COLUMNS : COLUMNS}
        card={(row) => <NotificationCard row={row} />}
        onOpen={(row) => setOpened(row.id)}
        sort={sort}
        onSort={(said) => change({ sort: said as typeof sort })}
        selection={active && acknowledge ? { chosen, change: setChosen } : undefined}
        filtered={Boolean(filters.severity ?? filters.kind)}
        empty={
          active ? (
            <EmptyState icon={IconBellCheck} title="Nothing needs you">
              Whatever passes a threshold appears here, and leaves by itself when it is over.
            </EmptyState>
          ) : (
            <EmptyState icon={IconHistory} title="Nothing yet">
              What was told and is over stays here for some months.
            </EmptyState>
          )
        }
      />
      <NotificationDrawer shown={list.rows?.find((row) => row.id === opened) ?? null} close={() => setOpened(null)} />
    </Stack>
  );
}
