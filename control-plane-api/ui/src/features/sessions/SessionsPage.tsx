import { Button, Stack } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useAction, useAllowed } from '../../actions/useAction';
import { SESSION_STATES } from '../../api/catalogue.gen';
import type { SessionStatus } from '../../api/types';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { ViewSwitch } from '../../components/ViewSwitch';
import { NextStep } from '../../components/NextStep';
import { PageTitle } from '../../components/PageTitle';
import { EmptyState } from '../../components/states';
import { ResourceTable, type Selection } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { useLiveRows } from '../../live/useLive';
import { later } from '../../components/later';
import { type BulkAnswer, bulkActions } from './bulkActions';
import { LISTED_FIELDS, type ListedSession } from './listedSession';
import { SessionBoard } from './SessionBoard';
import { SessionCard } from './SessionCard';
import { sessionColumns } from './sessionColumns';

const BulkResults = later(async () => (await import('./BulkResults')).BulkResults);

const STATES = SESSION_STATES as readonly SessionStatus[];
const VIEWS = ['table', 'cards', 'board'] as const;
const URL_STATE = {
  view: oneOf(VIEWS, 'table'),
  status: maybeOneOf(STATES),
  username: text(),
  worker_id: text(),
  definition_id: text(),
  sort: oneOf(['-created_at', 'created_at'], '-created_at'),
};

export default function SessionsPage() {
  const [url, change] = useUrlState(URL_STATE);
  const { view, sort, ...filters } = url;
  const workers = useLiveRows('cml_worker');
  const { status, username, worker_id, definition_id } = filters;
  const matches = useMemo(
    () => (row: ListedSession) =>
      (!status || row.status === status) &&
      (!username || row.candidate.username === username) &&
      (!worker_id || row.worker_id === worker_id) &&
      (!definition_id || row.definition_id === definition_id),
    [status, username, worker_id, definition_id],
  );
  const list = useResourceList<ListedSession>({ path: '/api/v1/lablet-sessions', filters: { ...filters, fields: LISTED_FIELDS }, sort, kind: 'lablet_session', matches });
  const [chosen, setChosen] = useState<Selection['chosen']>({});
  const [results, setResults] = useState<BulkAnswer | null>(null);
  const ask = useAction();
  const byId = useMemo(() => new Map((list.rows ?? []).map((row) => [row.id, row])), [list.rows]);
  const picked = [...byId.values()].filter((row) => chosen[row.id]);
  const { retry, terminate } = bulkActions(picked, (answer) => {
    setResults(answer);
    setChosen({});
  });
  const offered = useAllowed([retry, terminate]);
  const columns = useMemo(() => sessionColumns(workers), [workers]);
  const workerChoices = [...(workers?.values() ?? [])].map((worker) => ({ value: worker.id, label: worker.name })).sort((one, other) => one.label.localeCompare(other.label));
  return (
    <Stack gap="md">
      <PageTitle title="Sessions" count={view === 'board' ? undefined : list.total?.toLocaleString('en')}>
        <ViewSwitch value={view} views={VIEWS} onChange={(chosen) => change({ view: chosen }, { push: true })} />
      </PageTitle>
      <Filters>
        {view !== 'board' && <FilterChoice label="State" value={status} choices={STATES} onChange={(chosen) => change({ status: chosen })} />}
        <FilterText label="Learner" value={username} onChange={(said) => change({ username: said })} />
        <FilterChoice label="Worker" value={worker_id} choices={workerChoices} onChange={(chosen) => change({ worker_id: chosen })} />
        {definition_id && <FilterText label="Definition" value={definition_id} onChange={(said) => change({ definition_id: said })} />}
        {view !== 'board' &&
          picked.length > 0 &&
          offered.map((action) => (
            <Button key={action.operation} variant={action.destructive ? 'light' : 'default'} color={action.destructive ? 'red' : undefined} disabled={action.blocked !== undefined} title={action.blocked} onClick={() => ask(action)}>
              {action.label}
            </Button>
          ))}
      </Filters>
      {view === 'board' ? (
        <SessionBoard matches={matches} filtered={Object.values(filters).some(Boolean)} />
      ) : (
        <ResourceTable
          label="Sessions"
          list={list}
          columns={columns}
          card={(session) => <SessionCard session={session} worker={workers?.get(session.worker_id ?? '')} />}
          view={view}
          sort={sort}
          onSort={(chosen) => change({ sort: chosen as typeof sort })}
          open={(session) => `/sessions/${session.id}`}
          selection={offered.length > 0 ? { chosen, change: setChosen } : undefined}
          filtered={Object.values(filters).some(Boolean)}
          empty={
            <EmptyState icon={IconFlask} title="No session yet" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>
              A session appears here the moment that a reservation is made, and moves as its lab does.
            </EmptyState>
          }
        />
      )}
      <BulkResults answer={results} names={byId} close={() => setResults(null)} />
    </Stack>
  );
}
