import { Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { type Names, nameOf } from './useDefinitions';

/** The lab that is booked, in one line: from *names*, else read for itself. */
export function DefinitionName({ id, names, size = 'sm', dimmed }: { id: string; names: Names | undefined; size?: 'xs' | 'sm'; dimmed?: boolean }) {
  const known = names?.get(id);
  const read = useApi('/api/v1/lablet-definitions/{definition_id}', { params: { path: { definition_id: id } } }, { enabled: names !== undefined && known === undefined });
  const name = known ?? (read.data && nameOf(read.data)) ?? (read.error ? id : '…');
  return (
    <Text size={size} c={dimmed ? 'dimmed' : undefined} truncate title={name}>
      {name}
    </Text>
  );
}
