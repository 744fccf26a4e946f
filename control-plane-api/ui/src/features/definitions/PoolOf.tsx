import { Button, Group, Stack } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { ActionMenu } from '../../actions/ActionMenu';
import { useAction, useAllowed } from '../../actions/useAction';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { EmptyState } from '../../components/states';
import { PoolDetail } from './PoolDetail';
import { newPool, poolActions } from './poolActions';

export const POOL_KINDS = ['warm_pool', 'cml_worker', 'lablet_session', 'lablet_definition'];

/** The one pool of all versions of a lab. */
export function PoolOf({ definitionName, bookable }: { definitionName: string; bookable: boolean }) {
  const mayLook = useMay()('GET /api/v1/warm-pools');
  const pools = useApi('/api/v1/warm-pools', { params: { query: { definition_name: definitionName } } }, { kinds: POOL_KINDS, enabled: mayLook });
  if (!mayLook) return null;
  return (
    <Answered query={pools} height={240}>
      {([report]) => {
        if (!report) return <NoPool definitionName={definitionName} bookable={bookable} />;
        return (
          <Stack gap="sm">
            <Group justify="flex-end">
              <ActionMenu label="Pool actions" actions={poolActions(report)} />
            </Group>
            <PoolDetail report={report} />
          </Stack>
        );
      }}
    </Answered>
  );
}

function NoPool({ definitionName, bookable }: { definitionName: string; bookable: boolean }) {
  const ask = useAction();
  const [create] = useAllowed([newPool(definitionName)]);
  return (
    <Stack align="center" gap={0}>
      <EmptyState icon={IconStack2} title="No lab is kept prepared">
        With a warm pool labs are imported before anybody asks for them, and a session begins with one instead of an import. For topologies that a host imports at once it is not worth its storage.
      </EmptyState>
      {create && bookable && <Button onClick={() => ask(create)}>{create.label}</Button>}
    </Stack>
  );
}
