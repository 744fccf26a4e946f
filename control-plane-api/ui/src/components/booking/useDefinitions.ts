import { useMemo } from 'react';
import { useApi } from '../../api/useApi';
import type { Schemas } from '../../api/types';

export type DefinitionRow = Schemas['LabletDefinitionReadModel'];

const MOST_DEFINITIONS = 200;

/** The newest versions that can be booked, for choosing one. */
export function useBookable(): { rows: readonly DefinitionRow[]; error: Error | null } {
  const { data, error } = useApi('/api/v1/lablet-definitions', { params: { query: { status: 'ACTIVE', limit: MOST_DEFINITIONS } } }, { kinds: ['lablet_definition'] });
  return { rows: data?.items ?? NONE, error };
}

export type Names = ReadonlyMap<string, string>;

/** The names of the newest versions, of whatever state, undefined until they are read; those of others are read where they are seen. */
export function useDefinitionNames(): Names | undefined {
  const { data } = useApi('/api/v1/lablet-definitions', { params: { query: { limit: MOST_DEFINITIONS } } }, { kinds: ['lablet_definition'] });
  return useMemo(() => data && new Map(data.items.map((row) => [row.id, nameOf(row)])), [data]);
}

/** "Branch office 1.0.0" */
export function nameOf(row: Pick<DefinitionRow, 'name' | 'semantic_version'>): string {
  return `${row.name} ${row.semantic_version}`;
}

const NONE: readonly DefinitionRow[] = [];
