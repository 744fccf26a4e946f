import { Alert, Code, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { ScrollPart } from '../../components/ScrollPart';
import { StatusBadge } from '../../components/StatusBadge';
import type { Tone } from '../../app/theme';
import type { Definition } from './definitionWords';

type Sync = Definition['sync']['status'];
const SYNC: Record<Sync, { said: string; tone: Tone }> = {
  none: { said: 'never looked at', tone: 'resting' },
  sync_requested: { said: 'being read', tone: 'moving' },
  success: { said: 'as in its bucket', tone: 'good' },
  version_proposed: { said: 'differs from its bucket', tone: 'waiting' },
  failed: { said: 'could not be used', tone: 'bad' },
};
const TOLD: Record<Definition['consumers'][number]['status'], { said: string; tone: Tone }> = {
  pending: { said: 'being told', tone: 'moving' },
  success: { said: 'has read it', tone: 'good' },
  failed: { said: 'could not be told', tone: 'bad' },
};

/** How the version and its bucket stand to each other, and who has been told of its content. */
export function ContentSync({ definition }: { definition: Definition }) {
  const { sync, consumers = [] } = definition;
  const problems = sync.problems ?? [];
  return (
    <Stack gap="md">
      <Panel title="Its package" aside={<StatusBadge status={SYNC[sync.status].said} tone={SYNC[sync.status].tone} />}>
        {sync.error && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={sync.error}>
            {problems.length > 0 && (
              <ScrollPart label="Problems of the package" height="20rem">
                <List size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {problems.map((each) => (
                    <List.Item key={each.path + each.message}>
                      <Code>{each.path || 'package'}</Code> {each.message}
                    </List.Item>
                  ))}
                </List>
              </ScrollPart>
            )}
          </Alert>
        )}
        <DefinitionList
          facts={[
            ['Bucket', definition.content_bucket ? <Code key="bucket">{definition.content_bucket}</Code> : 'none: its content was uploaded'],
            ['Asked for', sync.requested_at && <Requested key="asked" sync={sync} />],
            ['Read', sync.synced_at && <Moment key="read" at={sync.synced_at} />],
            ['Rejected', sync.rejected_hash && <Code key="rejected">{sync.rejected_hash}</Code>],
            ['Content hash', definition.content_hash && <Code key="hash">{definition.content_hash}</Code>],
            ['Fingerprint', sync.fingerprint && <Code key="print">{sync.fingerprint}</Code>],
          ]}
        />
      </Panel>
      <Panel title="Who keeps a copy">
        {consumers.length === 0 && <Text size="sm">Nobody is told before it has content.</Text>}
        {consumers.map((each) => (
          <Stack key={each.consumer} gap={4}>
            <Text size="sm" component="div" fw={600}>
              {each.consumer.toUpperCase()} <StatusBadge status={TOLD[each.status].said} tone={TOLD[each.status].tone} /> <Moment at={each.at} />
            </Text>
            {(each.outcomes ?? []).map((outcome) => (
              <Text size="sm" key={outcome.deployment} c={outcome.succeeded ? undefined : 'red'} style={{ overflowWrap: 'anywhere' }}>
                {outcome.deployment}: {outcome.succeeded ? 'done' : outcome.detail || 'failed'}
              </Text>
            ))}
          </Stack>
        ))}
      </Panel>
    </Stack>
  );
}

function Requested({ sync }: { sync: Definition['sync'] }) {
  return (
    <Text size="sm" component="span">
      <Moment at={sync.requested_at as string} /> {sync.requested_by && `by ${sync.requested_by}`} {sync.cause && `(${sync.cause.replaceAll('_', ' ')})`}
    </Text>
  );
}
