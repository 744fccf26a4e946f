import { Group, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { duration } from '../../components/duration';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { ByWidth } from '../../components/ByWidth';
import { hitRate, labTone, missesOf, type Pool, poolText, poolTone } from './poolWords';

const CARDS_BELOW_PX = 520;

type HeldLabs = NonNullable<Pool['labs']>;

/** One pool: what is wanted and there, what came of it, which labs it holds, and what went wrong. */
export function PoolDetail({ report }: { report: Pool }) {
  const { pool } = report;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Now" aside={<StatusBadge status={pool.status} tone={poolTone[pool.status]} />}>
          <Text size="sm">{poolText(report)}</Text>
          <DefinitionList
            facts={[
              ['State since', <Since key="since" report={report} />],
              ['Version', report.wanted_definition_id && <PageLink key="version" to={`/definitions/${report.wanted_definition_id}`}>{report.wanted_version}</PageLink>],
              ['Wanted', String(report.target)],
              ['Ready', String(report.ready)],
              ['Being prepared', String(report.preparing)],
              ['Claimed', `${report.claimed} by sessions that are placed`],
              ['Being removed', String(report.removing)],
              ['Bookings ahead', String(report.expected_starts)],
            ]}
          />
        </Panel>
        <Worth report={report} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Policy report={report} />
        <Failures report={report} />
      </SimpleGrid>
      <Labs report={report} />
    </Stack>
  );
}

function Since({ report: { pool } }: { report: Pool }) {
  return (
    <>
      <Moment at={pool.status_changed_at} /> {pool.status_changed_by && `by ${pool.status_changed_by}`}
      {pool.status_reason && `: ${pool.status_reason}`}
    </>
  );
}

function Worth({ report: { measures } }: { report: Pool }) {
  const rate = hitRate(measures);
  const misses = missesOf(measures);
  return (
    <Panel title="What came of it">
      <Text size="sm" component="div">
        Since <Moment at={measures.since} />
      </Text>
      <DefinitionList
        facts={[
          ['Hits', String(measures.hits)],
          ['Misses', String(measures.misses)],
          ['Hit rate', rate ?? 'no session has begun yet'],
          ['Spared', duration(measures.saved_seconds ?? 0)],
        ]}
      />
      {misses.length > 0 && (
        <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Why there was no prepared lab">
          {misses.map(([reason, amount]) => (
            <Text component="li" size="sm" key={reason}>
              {amount} × {reason.replaceAll('_', ' ')}
            </Text>
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function Policy({ report: { pool } }: { report: Pool }) {
  const { policy } = pool;
  return (
    <Panel title="Policy">
      <DefinitionList
        facts={[
          ['Depth', `${policy.depth} idle, above those in use`],
          ['Follows bookings', policy.follow_bookings ? `those that begin within ${duration(60 * policy.look_ahead_minutes)}` : 'no'],
          ['At most', String(policy.most)],
          ['Replaced after', duration(3600 * policy.max_age_hours)],
          ['Failure budget', `${policy.failure_budget} within ${duration(60 * policy.failure_window_minutes)} suspend it`],
        ]}
      />
    </Panel>
  );
}

function Failures({ report }: { report: Pool }) {
  const { pool, failures_counted: counted = 0 } = report;
  const budget = pool.policy.failure_budget;
  const failures = [...(pool.failures ?? [])].reverse();
  return (
    <Panel title="Failures">
      <Group justify="space-between">
        <Text size="sm">
          {counted} of {budget} spent within {duration(60 * pool.policy.failure_window_minutes)}
        </Text>
        {pool.resumed_at && (
          <Text size="sm" c="dimmed" component="div">
            Counted anew <Moment at={pool.resumed_at} />
          </Text>
        )}
      </Group>
      <Progress value={Math.min(100, (100 * counted) / budget)} color={counted >= budget ? 'red' : 'orange'} aria-label={`Failure budget: ${counted} of ${budget} spent`} />
      {failures.length === 0 && <Text size="sm">Every lab could be prepared.</Text>}
      {failures.map((failure) => (
        <Stack key={failure.prepared_lab_id + failure.at} gap={2}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {failure.reason}
          </Text>
          <Group gap="xs">
            <Moment at={failure.at} />
            <PageLink to={`/workers/${failure.worker_id}`}>its worker</PageLink>
            <Text size="sm" c="dimmed">
              version {failure.definition_version}
            </Text>
          </Group>
        </Stack>
      ))}
    </Panel>
  );
}

/** As a table, and one below the other where there is little width. */
function Labs({ report: { labs = [] } }: { report: Pool }) {
  return (
    <Panel title="Labs">
      {labs.length === 0 ? <Text size="sm">There is none now.</Text> : <ByWidth below={CARDS_BELOW_PX} narrow={<LabCards labs={labs} />} wide={<LabTable labs={labs} />} />}
    </Panel>
  );
}

function LabCards({ labs }: { labs: HeldLabs }) {
  return (
    <Stack gap="sm">
      {labs.map(({ lab, worker_id, worker_name }) => (
        <Stack key={lab.id} gap={2}>
          <Group justify="space-between" gap="xs">
            <StatusBadge status={lab.status} tone={labTone[lab.status]} />
            <Moment at={lab.reserved_at} />
          </Group>
          <PageLink to={`/workers/${worker_id}`}>{worker_name}</PageLink>
          <Text size="sm">
            Version {lab.definition_version}
            {lab.prepare_seconds != null && `, took ${duration(lab.prepare_seconds)}`}
          </Text>
          {lab.reason && <Text size="xs">{lab.reason}</Text>}
          {lab.session_id && <PageLink to={`/sessions/${lab.session_id}`}>its session</PageLink>}
        </Stack>
      ))}
    </Stack>
  );
}

function LabTable({ labs }: { labs: HeldLabs }) {
  return (
    <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Prepared labs' } }}>
      <Table verticalSpacing={6} aria-label="Prepared labs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>State</Table.Th>
            <Table.Th>Worker</Table.Th>
            <Table.Th>Version</Table.Th>
            <Table.Th>Begun</Table.Th>
            <Table.Th>Took</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {labs.map(({ lab, worker_id, worker_name }) => (
            <Table.Tr key={lab.id}>
              <Table.Td>
                <StatusBadge status={lab.status} tone={labTone[lab.status]} />
                {lab.reason && <Text size="xs">{lab.reason}</Text>}
                {lab.session_id && <PageLink to={`/sessions/${lab.session_id}`}>its session</PageLink>}
              </Table.Td>
              <Table.Td>
                <PageLink to={`/workers/${worker_id}`}>{worker_name}</PageLink>
              </Table.Td>
              <Table.Td>{lab.definition_version}</Table.Td>
              <Table.Td>
                <Moment at={lab.reserved_at} />
              </Table.Td>
              <Table.Td>{lab.prepare_seconds == null ? '–' : duration(lab.prepare_seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
