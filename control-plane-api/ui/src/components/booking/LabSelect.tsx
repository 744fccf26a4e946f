import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { PageLink } from '../PageLink';
import { type DefinitionRow, nameOf, useBookable } from './useDefinitions';

const TYPING_MS = 250;

interface Props {
  chosen: DefinitionRow | undefined;
  onChange: (id: string | undefined) => void;
  required?: boolean;
}

/** One of all labs that can be booked: the newest are offered, and what one types is sought among all. */
export function LabSelect({ chosen, onChange, required = false }: Props) {
  const [typed, setTyped] = useState('');
  const name = chosen ? nameOf(chosen) : '';
  // The name of what is chosen stands in the field: it is not what somebody looks for.
  const [search] = useDebouncedValue(typed === name ? '' : typed.trim(), TYPING_MS);
  const { rows, error, isSearching } = useBookable(search);
  const offered = chosen && search === '' && !rows.some((row) => row.id === chosen.id) ? [chosen, ...rows] : rows;
  const none = search === '' && !isSearching && !error && rows.length === 0;
  return (
    <Select
      label="Lab"
      description={none && <>A lab can be booked when one of its <PageLink to="/definitions" size="xs" underline="always">definitions</PageLink> is active.</>}
      required={required}
      searchable
      placeholder={none ? 'No lab can be booked yet' : 'Choose, or type a part of its name'}
      data={offered.map((row) => ({ value: row.id, label: nameOf(row) }))}
      // Each answer is what was sought: to sift it again would hide what matches in another way.
      filter={({ options }) => options}
      value={chosen?.id ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={isSearching ? 'Looking …' : 'No lab that can be booked is called so'}
      error={error?.message}
      maxDropdownHeight={300}
    />
  );
}
