import { Button, Menu, Stack } from '@mantine/core';
import { IconDownload, IconHistory } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { EVENT_NAMES } from '../../api/catalogue.gen';
import { maybeOneOf, text, useUrlState } from '../../app/urlState';
import { later } from '../../components/later';
import { FilterPeriod } from '../../components/FilterMoment';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { EmptyState } from '../../components/states';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { AuditCard, auditColumns } from './auditColumns';
import { type AuditFilters, askedFor, type Entry, exportUrl, KIND_CHOICES, KINDS } from './auditWords';

const RefusedDrawer = later(async () => (await import('./RefusedDrawer')).RefusedDrawer);

const URL_STATE = {
  outcome: maybeOneOf(['changed', 'refused']),
  actor: text(),
  resource_type: maybeOneOf(KINDS),
  resource_id: text(),
  event_type: maybeOneOf(EVENT_NAMES),
  correlation_id: text(),
  from: text(40),
  to: text(40),
};

export function AuditList() {
  const [filters, change] = useUrlState(URL_STATE);
  const navigate = useNavigate();
  const [refused, setRefused] = useState<Entry | null>(null);
  const list = useResourceList<Entry>({ path: '/api/v1/audit', filters: askedFor(filters), uncounted: true, rereadOn: KINDS });
  const open = (entry: Entry) => {
    if (entry.outcome === 'refused') setRefused(entry);
    else void navigate({ to: '/audit/$commitId', params: { commitId: entry.id } as never });
  };
  return (
    <Stack gap="md">
      <Filters>
        <FilterChoice label="Outcome" value={filters.outcome} choices={[{ value: 'changed', label: 'Changed' }, { value: 'refused', label: 'Refused' }]} onChange={(outcome) => change({ outcome })} />
        <FilterText label="Who (exactly)" value={filters.actor} onChange={(actor) => change({ actor })} />
        <FilterChoice label="Kind of thing" value={filters.resource_type} choices={KIND_CHOICES} onChange={(resource_type) => change({ resource_type, resource_id: undefined })} />
        {filters.resource_type && <FilterText label="Id of the thing" value={filters.resource_id} onChange={(resource_id) => change({ resource_id })} />}
        <FilterChoice label="Event" value={filters.event_type} choices={EVENT_NAMES} onChange={(event_type) => change({ event_type })} />
        {filters.correlation_id && <FilterText label="Correlation" value={filters.correlation_id} onChange={(correlation_id) => change({ correlation_id })} />}
        <FilterPeriod from={filters.from} to={filters.to} onChange={change} />
        <Export filters={filters} />
      </Filters>
      <ResourceTable
        label="Audit entries"
        list={list}
        columns={auditColumns}
        card={(entry) => <AuditCard entry={entry} />}
        onOpen={open}
        filtered={Object.values(filters).some(Boolean)}
        empty={
          <EmptyState icon={IconHistory} title="Nothing has been done yet">
            Every change and every refused attempt appears here as it happens.
          </EmptyState>
        }
      />
      <RefusedDrawer entry={refused} close={() => setRefused(null)} />
    </Stack>
  );
}

function Export({ filters }: { filters: AuditFilters }) {
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>All that these filters let through; it stands in the audit itself</Menu.Label>
        <Menu.Item component="a" href={exportUrl(filters, 'csv')} download>
          CSV, for a spreadsheet
        </Menu.Item>
        <Menu.Item component="a" href={exportUrl(filters, 'ndjson')} download>
          JSON lines, for a program
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
