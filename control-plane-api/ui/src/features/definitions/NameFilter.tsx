import { Autocomplete } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useApi } from '../../api/useApi';

const NAMES_OFFERED = 200;

/** The API finds a definition by its whole name: those of the newest definitions are offered while one types. */
export function NameFilter({ value, onChange }: { value: string | undefined; onChange: (name: string | undefined) => void }) {
  const newest = useApi('/api/v1/lablet-definitions', { params: { query: { limit: NAMES_OFFERED } } }, { kinds: ['lablet_definition'] });
  const [typed, setTyped] = useState(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const names = [...new Set((newest.data?.items ?? []).map((row) => row.name))].sort();
  const tell = useDebouncedCallback((said: string) => onChange(said.trim() || undefined), 600);
  const choose = (said: string) => {
    tell.cancel();
    onChange(said.trim() || undefined);
  };
  return (
    <Autocomplete
      aria-label="Name (exactly)"
      placeholder="Name (exactly)"
      data={names}
      value={typed}
      clearable
      clearButtonProps={{ 'aria-label': 'Any name' }}
      onChange={(said) => {
        setTyped(said);
        if (said === '' || names.includes(said)) choose(said);
        else tell(said);
      }}
      w={{ base: 'calc(50% - 6px)', sm: 240 }}
    />
  );
}
