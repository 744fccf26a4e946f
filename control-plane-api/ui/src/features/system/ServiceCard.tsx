import { Anchor, Group, List, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { tracesOf } from './tracesOf';
import { duration } from '../../components/duration';

type Service = Schemas['ServiceStatus'];

/** What one service says of itself; what is not well comes first. */
export function ServiceCard({ service, traces }: { service: Service; traces?: string | null }) {
  const checks = [...(service.checks ?? [])].sort((one, other) => Number(one.healthy) - Number(other.healthy));
  const state = !service.reachable ? 'no answer' : service.ready ? 'ready' : 'not ready';
  const facts = [service.version && `version ${service.version}`, service.uptime_seconds != null && `up ${duration(service.uptime_seconds)}`, service.leader && 'leads', service.instance];
  return (
    <Panel title={service.service} aside={<StatusBadge status={state} tone={service.ready ? 'good' : 'bad'} />}>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {facts.filter(Boolean).join(' · ')}
      </Text>
      {traces && (
        <Anchor href={tracesOf(traces, service.service)} target="_blank" rel="noreferrer" size="sm">
          Traces of {service.service} ↗
        </Anchor>
      )}
      {service.problem && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {service.problem}
        </Text>
      )}
      {!service.reachable && (
        <Text size="sm" c="dimmed">
          Nobody does its work until it runs again: look whether its process is there, what its log says last, and whether the control plane reaches its address.
        </Text>
      )}
      <List size="sm" listStyleType="none">
        {checks.map((check) => (
          <List.Item key={`${check.kind} ${check.name}`}>
            <Group gap={6} wrap="nowrap">
              <span className="lcm-dot" style={{ background: `var(--mantine-color-${check.healthy ? 'teal' : 'red'}-filled)` }} aria-hidden />
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {check.name}
                {!check.healthy && `: not well${check.message ? `, ${check.message}` : ''}`}
                {check.latency_ms != null && ` (${Math.round(check.latency_ms)} ms)`}
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}
