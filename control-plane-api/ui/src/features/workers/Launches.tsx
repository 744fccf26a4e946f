import { Code, Group, ScrollArea, Stack, Text } from '@mantine/core';
import type { Schemas, WorkerRow } from '../../api/types';
import type { Tone } from '../../app/theme';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';

type Attempt = Schemas['LaunchAttempt'];
const TONE: Record<Schemas['LaunchOutcome'], Tone> = { TRYING: 'moving', LAUNCHED: 'good', REFUSED: 'bad' };

/** How its instance was asked for, the last attempt first, and what there was to see when it was given up. */
export function Launches({ worker }: { worker: WorkerRow }) {
  const attempts = (worker.launch_attempts ?? []).toReversed();
  const evidence = worker.failure_evidence;
  if (attempts.length === 0 && !evidence) return null;
  return (
    <Panel title="How it was launched">
      {attempts.length > 0 && <Attempts attempts={attempts} />}
      {evidence && <Evidence evidence={evidence} />}
    </Panel>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <ScrollArea.Autosize mah={360} mb="sm" type="auto" offsetScrollbars="present" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Launch attempts' }}>
      <Stack gap="sm">
        {attempts.map((each) => (
          <div key={`${each.round}-${each.number}`} style={{ overflowWrap: 'anywhere' }}>
            <Group gap="xs">
              <Text size="sm" fw={500} className="lcm-numbers">
                Attempt {each.number}
              </Text>
              <StatusBadge status={each.outcome ?? 'TRYING'} tone={TONE[each.outcome ?? 'TRYING']} />
              <Moment at={each.at} />
            </Group>
            <Text size="sm">
              {[each.instance_type, each.zone, each.purchase.toLowerCase().replace('_', ' '), `${each.template_name} ${each.template_version}`].filter(Boolean).join(', ')}
            </Text>
            <Text size="xs" c="dimmed">
              {[each.code, each.reason].filter(Boolean).join(': ')}
            </Text>
          </div>
        ))}
      </Stack>
    </ScrollArea.Autosize>
  );
}

function Evidence({ evidence }: { evidence: Schemas['FailureEvidence'] }) {
  return (
    <Stack gap="xs">
      <DefinitionList
        facts={{
          'Given up at': evidence.step,
          'EC2 said': evidence.ec2_state,
          'CML said': evidence.cml_answer,
        }}
      />
      {evidence.console_output && (
        <>
          <Text size="sm" fw={500}>
            Last output of its console
          </Text>
          <Code block tabIndex={0} mah={280} style={{ overflow: 'auto' }} aria-label="Console output" role="region">
            {evidence.console_output}
          </Code>
        </>
      )}
    </Stack>
  );
}
