import { useMemo } from 'react';
import { useApi } from '../../api/useApi';
import type { Schemas } from '../../api/types';

export type DefinitionRow = Schemas['LabletDefinitionReadModel'];
export type Names = ReadonlyMap<string, string>;

const MOST_DEFINITIONS = 200;

/** The newest definitions; for choosing one and for naming those that are booked. */
export function useDefinitions(): { rows: readonly DefinitionRow[]; names: Names; error: Error | null } {
  const { data, error } = useApi('/api/v1/lablet-definitions', { params: { query: { limit: MOST_DEFINITIONS } } }, { kinds: ['lablet_definition'] });
  const rows = data?.items ?? NONE;
  const names = useMemo(() => new Map(rows.map((row) => [row.id, `${row.name} ${row.semantic_version}`])), [rows]);
  return { rows, names, error };
}

const NONE: readonly DefinitionRow[] = [];
