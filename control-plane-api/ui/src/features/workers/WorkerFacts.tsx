import { Code, ScrollArea, Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';

/** What EC2 and CML are known to say of it. */
export function WorkerFacts({ worker }: { worker: WorkerRow }) {
  const { license, metrics } = worker;
  return (
    <>
      <Panel title="Host">
        <DefinitionList
          facts={[
            ['Instance', worker.ec2_instance_id && <Code key="instance">{worker.ec2_instance_id}</Code>],
            ['Type', [worker.instance_type, worker.purchase?.toLowerCase().replaceAll('_', ' ')].filter(Boolean).join(', ')],
            ['Region', worker.region],
            ['Private address', worker.private_ip],
            ['Public address', worker.public_ip],
            ['Image', [worker.ami_name, worker.ami_id].filter(Boolean).join(' ')],
            ['Template', `${worker.template_name} ${worker.template_version ?? ''}`],
            ['Came by', worker.origin],
            ['Wanted', worker.desired_status],
            ['Cost', worker.cost_per_hour_usd ? `$${worker.cost_per_hour_usd.toFixed(2)} an hour` : undefined],
            ['Ready expected', worker.expected_ready_at && worker.status !== 'RUNNING' ? <Moment key="ready" at={worker.expected_ready_at} /> : undefined],
            ['Provisioning', worker.status === 'PROVISIONING' ? worker.provisioning_step : undefined],
            ['Worker id', <Code key="id">{worker.id}</Code>],
          ]}
        />
      </Panel>
      <Panel title="CML and licence">
        <DefinitionList
          facts={[
            ['CML', [worker.service_status?.toLowerCase(), worker.cml_version].filter(Boolean).join(', ')],
            ['Licence', [license.type.toLowerCase(), license.status?.toLowerCase()].filter(Boolean).join(', ')],
            ['Nodes licensed', license.node_limit ? String(license.node_limit) : undefined],
            ['Runs out', license.expires_at && <Moment key="expiry" at={license.expires_at} />],
            ['Asked for', worker.license_request && `${worker.license_request.action.toLowerCase()} ${worker.license_request.type ?? ''}`],
            ['Nodes running', metrics?.nodes_running != null ? String(metrics.nodes_running) : undefined],
            ['Labs', metrics?.labs != null ? String(metrics.labs) : undefined],
            ['Last activity', worker.last_activity_at && <Moment key="activity" at={worker.last_activity_at} />],
            ['Idle detection', worker.idle_detection_enabled === false ? 'off' : 'on'],
          ]}
        />
      </Panel>
      <Ports worker={worker} />
    </>
  );
}

function Ports({ worker }: { worker: WorkerRow }) {
  const { first, last } = worker.port_range;
  const granted = (worker.allocations ?? []).flatMap((each) => (each.ports ?? []).map((port) => ({ ...port, session: each.session_id }))).toSorted((one, other) => one.outer - other.outer);
  const foreign = (worker.foreign_labs ?? []).filter((lab) => lab.ports.length > 0);
  return (
    <Panel title="Ports">
      <Text size="sm" c="dimmed">
        {first} to {last}; {granted.length} granted
      </Text>
      <ScrollArea.Autosize mah={320} type="auto" offsetScrollbars="present" viewportProps={{ tabIndex: 0 }}>
        <DefinitionList facts={granted.map((port) => [String(port.outer), <PageLink key={port.outer} to={`/sessions/${port.session}`}>{`${port.node_label}, ${port.protocol}`}</PageLink>] as const)} />
      </ScrollArea.Autosize>
      {foreign.map((lab) => (
        <Text key={lab.lab_id} size="sm">
          Foreign lab “{lab.title}”{lab.owner ? ` of ${lab.owner}` : ''}: {lab.ports.join(', ')}
        </Text>
      ))}
    </Panel>
  );
}
