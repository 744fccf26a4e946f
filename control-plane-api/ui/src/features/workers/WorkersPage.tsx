import { Stack } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { WorkerRow, WorkerStatus } from '../../api/types';
import { workerTone } from '../../app/theme';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { ViewSwitch } from '../../components/ViewSwitch';
import { NextStep } from '../../components/NextStep';
import { PageTitle } from '../../components/PageTitle';
import { EmptyState } from '../../components/states';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { WorkerCard } from './WorkerCard';
import { WORKER_COLUMNS } from './workerColumns';

const STATES = Object.keys(workerTone) as WorkerStatus[];
const VIEWS = ['table', 'cards'] as const;
const URL_STATE = {
  view: oneOf(VIEWS, 'table'),
  status: maybeOneOf(STATES),
  region: text(),
  template: text(),
  sort: oneOf(['-created_at', 'created_at'], '-created_at'),
};

export default function WorkersPage() {
  const [{ view, sort, ...filters }, change] = useUrlState(URL_STATE);
  const { status, region, template } = filters;
  const matches = useMemo(
    () => (worker: WorkerRow) =>
      (!status || worker.status === status) && (!region || worker.region === region) && (!template || worker.template_name === template),
    [status, region, template],
  );
  const list = useResourceList<WorkerRow>({ path: '/api/v1/workers', filters, sort, kind: 'cml_worker', matches });
  return (
    <Stack gap="md">
      <PageTitle title="Workers" count={list.total?.toLocaleString('en')}>
        <ViewSwitch value={view} views={VIEWS} onChange={(chosen) => change({ view: chosen }, { push: true })} />
      </PageTitle>
      <Filters>
        <FilterChoice label="State" value={status} choices={STATES} onChange={(chosen) => change({ status: chosen })} />
        <FilterText label="Region" value={region} onChange={(said) => change({ region: said })} />
        <FilterText label="Template" value={template} onChange={(said) => change({ template: said })} />
      </Filters>
      <ResourceTable
        label="Workers"
        list={list}
        columns={WORKER_COLUMNS}
        card={(worker) => <WorkerCard worker={worker} />}
        view={view}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        open={(worker) => `/workers/${worker.id}`}
        filtered={Object.values(filters).some(Boolean)}
        empty={
          <EmptyState icon={IconServer2} title="The fleet is empty" action={<NextStep needs="GET /api/v1/worker-templates" to="/templates">To the templates</NextStep>}>
            A worker is launched by itself when a booking needs one. An operator launches one ahead of time from its template.
          </EmptyState>
        }
      />
    </Stack>
  );
}
