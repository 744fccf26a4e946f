import { Alert, Code, Group, Stack, Switch, Text } from '@mantine/core';
import { IconServerOff } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import { flag, text, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { differing, type Effective, type Report, shownSettings } from './serviceRows';

const URL_STATE = { service: text(), find: text(), all: flag() };

/** What each service runs with: from its environment, for reading, without secrets. */
export function ServiceSettings() {
  const [{ service, find, all }, change] = useUrlState(URL_STATE);
  const reports = useApi('/api/v1/system/service-settings', {}, { everyMs: 60_000 });
  return (
    <Answered query={reports} height={400}>
      {(known) => {
        const services = [...new Set(known.map((each) => each.service))];
        const shown = known.filter((each) => !service || each.service === service);
        return (
          <Stack gap="md">
            <Text size="sm" c="dimmed">
              They come from the environment of each process and change when it is started anew. Of secrets you see only whether they are set.
            </Text>
            <Filters>
              <FilterChoice label="Service" value={service} choices={services} onChange={(chosen) => change({ service: chosen })} />
              <FilterText label="Find" value={find} onChange={(said) => change({ find: said })} />
              <Switch label="Defaults too" checked={all} onChange={(event) => change({ all: event.currentTarget.checked })} />
            </Filters>
            {services.map((name) => (
              <Differences key={name} reports={known.filter((each) => each.service === name)} />
            ))}
            {shown.map((report) => (
              <Instance key={`${report.service} ${report.instance}`} report={report} settings={shownSettings(report.settings, { text: find ?? '', onlySet: !all })} />
            ))}
            {known.length === 0 && (
              <EmptyState icon={IconServerOff} title="No service has told yet">
                Each tells within seconds of its start, and every ten minutes.
              </EmptyState>
            )}
          </Stack>
        );
      }}
    </Answered>
  );
}

function Differences({ reports }: { reports: readonly Report[] }) {
  const variables = differing(reports);
  if (variables.length === 0) return null;
  return (
    <Alert color="orange" variant="light" title={`Instances of ${reports[0]?.service} run with different settings`}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {variables.join(', ')}
      </Text>
    </Alert>
  );
}

function Instance({ report, settings }: { report: Report; settings: readonly Effective[] }) {
  return (
    <Panel
      title={`${report.service} · ${report.instance}`}
      aside={
        <Group gap={4} wrap="nowrap" visibleFrom="sm">
          <Text size="sm" c="dimmed">
            {report.version}, told
          </Text>
          <Moment at={report.reported_at} />
        </Group>
      }
    >
      {settings.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing to show: all are defaults, or nothing matches.
        </Text>
      )}
      {settings.map((each) => (
        <Stack gap={2} key={each.variable}>
          <Group gap="xs">
            <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
              {each.variable}
            </Text>
            {each.is_secret ? <StatusBadge status={`secret, ${each.value}`} tone="resting" /> : <Code style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{each.value || 'empty'}</Code>}
            {!each.is_default && !each.is_secret && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                default: {each.default || 'empty'}
              </Text>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {each.description.replaceAll('`', '')}
          </Text>
        </Stack>
      ))}
    </Panel>
  );
}
