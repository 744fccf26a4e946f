import { Button, Stack } from '@mantine/core';
import { IconFileUpload, IconFiles } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMay } from '../../api/access';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { ViewSwitch } from '../../components/ViewSwitch';
import { NextStep } from '../../components/NextStep';
import { PageTitle } from '../../components/PageTitle';
import { EmptyState } from '../../components/states';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { DEFINITION_COLUMNS, DefinitionCard } from './definitionColumns';
import { type Definition, isFoundBy, STATES } from './definitionWords';

const VIEWS = ['table', 'cards'] as const;
const URL_STATE = { view: oneOf(VIEWS, 'table'), status: maybeOneOf(STATES), search: text(100), sort: oneOf(['-created_at', 'created_at'], '-created_at') };

/** Every version of every lab that can be booked, was, or will be. */
export default function DefinitionsPage() {
  const [{ view, sort, ...filters }, change] = useUrlState(URL_STATE);
  const { status, search } = filters;
  const may = useMay();
  const matches = useMemo(() => (row: Definition) => (!status || row.status === status) && isFoundBy(search, row), [status, search]);
  const list = useResourceList<Definition>({ path: '/api/v1/lablet-definitions', filters, sort, kind: 'lablet_definition', matches });
  return (
    <Stack gap="md">
      <PageTitle title="Definitions" count={list.total?.toLocaleString('en')} hint="The labs that can be booked, one entry for each version.">
        {may('POST /api/v1/lablet-definitions') && (
          <Button leftSection={<IconFileUpload size={16} />} renderRoot={(props) => <Link to={'/definitions/new' as string} {...props} />}>
            Upload
          </Button>
        )}
        <ViewSwitch value={view} views={VIEWS} onChange={(chosen) => change({ view: chosen }, { push: true })} />
      </PageTitle>
      <Filters>
        <FilterChoice label="State" value={status} choices={STATES.map((value) => ({ value, label: value.replaceAll('_', ' ') }))} onChange={(chosen) => change({ status: chosen })} />
        <FilterText label="Name or version" value={search} onChange={(said) => change({ search: said })} />
      </Filters>
      <ResourceTable
        label="Definitions"
        list={list}
        columns={DEFINITION_COLUMNS}
        card={(row) => <DefinitionCard row={row} />}
        view={view}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        open={(row) => `/definitions/${row.id}`}
        filtered={Boolean(status ?? search)}
        empty={
          <EmptyState icon={IconFiles} title="No lab yet" action={<NextStep needs="POST /api/v1/lablet-definitions" to="/definitions/new">Upload the first</NextStep>}>
            An admin uploads a content package, or names the bucket that holds one; it is checked before anybody can book it.
          </EmptyState>
        }
      />
    </Stack>
  );
}
