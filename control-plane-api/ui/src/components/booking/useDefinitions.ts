import { useMemo } from 'react';
import { useApi } from '../../api/useApi';
import type { Schemas } from '../../api/types';

export type DefinitionRow = Schemas['LabletDefinitionReadModel'];

const MOST_DEFINITIONS = 200;

const MOST_OFFERED = 50;

/** The newest versions that can be booked, of those whose name and version have all words of *search*; the answer before stays until the next is there. */
export function useBookable(search: string): { rows: readonly DefinitionRow[]; error: Error | null; isSearching: boolean } {
  const { data, error, isFetching } = useApi(
    '/api/v1/lablet-definitions',
    { params: { query: { status: 'ACTIVE', limit: MOST_OFFERED, search: search || undefined } } },
    { kinds: ['lablet_definition'], keep: true },
  );
  return { rows: data?.items ?? NONE, error, isSearching: isFetching };
}

/** The lab of that id, if it can be booked. */
export function useLab(id: string | undefined): { lab: DefinitionRow | undefined; error: Error | null } {
  const { data, error } = useApi('/api/v1/lablet-definitions/{definition_id}', { params: { path: { definition_id: id ?? '' } } }, { kinds: ['lablet_definition'], enabled: id !== undefined });
  return { lab: id !== undefined && data?.status === 'ACTIVE' ? data : undefined, error };
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
