import { Badge, Code, List, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMay } from '../../api/access';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { DefinitionList } from '../../components/DefinitionList';
import { duration } from '../../components/duration';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { checkText } from './decisionWords';
import { FleetLimits } from './FleetLimits';
import { changedFirst, isChanged, ruleName, ruleValue } from './rulesText';

type Policy = Schemas['SchedulingPolicy'];
type SchedulingRules = NonNullable<Policy['rules']>;

const WEIGHTS: readonly [field: keyof Schemas['ScoringWeights'], name: string, what: string][] = [
  ['fullness', 'Full afterwards', 'times the mean share in use over all resources: full workers first, so that others can go'],
  ['busy_bonus', 'Serves somebody', 'for a worker that is needed anyway'],
  ['promise_bonus', 'Holds the room', 'for the worker on which the room was promised when it was booked'],
  ['prepared_bonus', 'Lab prepared', 'for a worker on which a lab of the same content stands ready'],
];

/** By which rules sessions are placed and the fleet grows and shrinks. */
export function Rules() {
  const policy = useApi('/api/v1/scheduler/policy', {}, { everyMs: 30_000 });
  const may = useMay();
  return (
    <Stack gap="md">
      <Answered query={policy} height={240}>
        {(told) => (told.rules ? <Placement policy={told} rules={told.rules} /> : <NotTold leader={told.leader} />)}
      </Answered>
      {may('GET /api/v1/system/settings') && <FleetLimits />}
    </Stack>
  );
}

function NotTold({ leader }: { leader: string | null }) {
  return (
    <Panel title="How a worker is chosen">
      <Text size="sm">{leader ? `${leader} has just begun to lead; it tells its rules in a moment.` : 'No scheduler leads, so none tells by which rules it decides. What is booked meanwhile waits.'}</Text>
    </Panel>
  );
}

function Placement({ policy, rules }: { policy: Policy; rules: SchedulingRules }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="What a worker must pass">
          <List type="ordered" size="sm" spacing={4}>
            {rules.filters.map((code) => (
              <List.Item key={code}>{checkText(code)}</List.Item>
            ))}
          </List>
          <Text size="sm" c="dimmed">
            In this order; the first answer that is no is the reason that is told.
          </Text>
        </Panel>
        <Panel title="What makes one better than another">
          <Weights weights={rules.weights} />
        </Panel>
      </SimpleGrid>
      <Panel title="How the scheduler decides">
        <Told policy={policy} rules={rules} />
        <Text size="sm" c="dimmed">
          Its settings, and the variable that changes each at its next start.
        </Text>
        <Settings rules={rules.rules} />
      </Panel>
    </>
  );
}

function Weights({ weights }: { weights: Schemas['ScoringWeights'] }) {
  return (
    <Table aria-label="Weights of the score" verticalSpacing={4}>
      <Table.Tbody>
        {WEIGHTS.map(([field, name, what]) => (
          <Table.Tr key={field}>
            <Table.Th>
              {name}
              <Text size="xs" c="dimmed">
                {what}
              </Text>
            </Table.Th>
            <Table.Td ta="right" className="lcm-numbers">
              {weights[field]}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Told({ policy, rules }: { policy: Policy; rules: SchedulingRules }) {
  const starts = Object.entries(rules.slowest_starts_seconds);
  return (
    <DefinitionList
      nameWidth={170}
      facts={{
        'Told by': policy.leader,
        Told: policy.told_at && <Moment at={policy.told_at} />,
        Engine: `version ${rules.engine_version}`,
        'Slowest starts seen': starts.length > 0 ? starts.map(([name, seconds]) => `${name} ${duration(seconds)}`).join(', ') : undefined,
        'Its clock': rules.clock_skew_seconds == null ? undefined : `${Math.abs(rules.clock_skew_seconds).toFixed(2)} s ${rules.clock_skew_seconds < 0 ? 'behind' : 'ahead of'} the server`,
      }}
    />
  );
}

function Settings({ rules }: { rules: SchedulingRules['rules'] }) {
  return (
    <Table.ScrollContainer minWidth={280} scrollAreaProps={{ tabIndex: 0 }}>
      <Table aria-label="Settings of the scheduler" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Setting</Table.Th>
            <Table.Th ta="right">Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changedFirst(rules).map((rule) => (
            <Table.Tr key={rule.name}>
              <Table.Td>
                <Text size="sm">{ruleName(rule.name)}</Text>
                <Text size="xs" c="dimmed">
                  {rule.description} <Code style={{ overflowWrap: 'anywhere' }}>{rule.variable}</Code>
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="lcm-numbers" style={{ whiteSpace: 'nowrap' }}>
                {ruleValue(rule.name, rule.value)}
                {isChanged(rule) && (
                  <div>
                    <Badge size="sm" variant="light">
                      usually {ruleValue(rule.name, rule.default)}
                    </Badge>
                  </div>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
