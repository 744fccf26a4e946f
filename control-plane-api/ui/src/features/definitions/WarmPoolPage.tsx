import { Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { ActionMenu } from '../../actions/ActionMenu';
import { useApi } from '../../api/useApi';
import { AnsweredPage } from '../../components/AnsweredPage';
import { PageTitle } from '../../components/PageTitle';
import { StatusBadge } from '../../components/StatusBadge';
import { PoolDetail } from './PoolDetail';
import { POOL_KINDS } from './PoolOf';
import { poolActions } from './poolActions';
import { poolTone } from './poolWords';

/** One pool of prepared labs. */
export default function WarmPoolPage() {
  const { poolId = '' } = useParams({ strict: false }) as { poolId?: string };
  const fetched = useApi('/api/v1/warm-pools/{pool_id}', { params: { path: { pool_id: poolId } } }, { kinds: POOL_KINDS });
  return (
    <AnsweredPage query={fetched} thing="warm pool" back={{ to: '/warm-pools', label: 'Warm pools' }}>
      {(report) => (
        <Stack gap="md">
          <PageTitle title={`Warm pool of ${report.pool.definition_name}`} back={{ to: '/warm-pools', label: 'Warm pools' }} badge={<StatusBadge status={report.pool.status} tone={poolTone[report.pool.status]} />}>
            <ActionMenu actions={poolActions(report)} />
          </PageTitle>
          <PoolDetail report={report} />
        </Stack>
      )}
    </AnsweredPage>
  );
}
