import { Alert, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { Schemas } from '../../api/types';
import { DefinitionList } from '../../components/DefinitionList';
import { Changes } from './Changes';
import { portText, roomText } from './definitionWords';
import { FileDiffs } from './FileDiffs';
import { counted } from '../../components/counted';

/** What a definition would be, and how it differs from the one that can be booked. */
export function Analysis({ analysis }: { analysis: Schemas['AnalysedContent'] }) {
  const { compared } = analysis;
  return (
    <Stack gap="md">
      <Alert color="teal" variant="light" icon={<IconCircleCheck />} role="status" title="It can be used">
        {!compared && 'There is no active version of that name yet.'}
        {compared && compared.level === null && `Its content is that of version ${compared.current_version}; only what is said beside it can differ.`}
        {compared?.level && `Against version ${compared.current_version} its greatest change is ${compared.level}: it would be ${compared.semantic_version}.`}
      </Alert>
      <DefinitionList
        facts={[
          ['Title', analysis.title],
          ['Topology', `${counted(analysis.node_count, 'node')}, ${counted(analysis.link_count, 'link')}`],
          ['Needs', roomText(analysis.requirements)],
          ['Enough alone', analysis.sufficient_licenses.join(', ').toLowerCase() || 'no licence without an expansion'],
          ['Virtual machines', analysis.nested_virtualization ? 'yes: the host needs hardware virtualisation' : 'none'],
          ['Ports', analysis.port_requests.map((port) => `${port.node_label} ${portText(port)}`).join(', ') || 'none'],
          ['Learner sees', analysis.visible_devices.map((device) => device.device_label).join(', ') || 'no device'],
          ['Content hash', analysis.content_hash],
        ]}
      />
      {compared?.level && (
        <>
          <Changes changes={compared.changes ?? []} more={compared.more_changes} />
          <FileDiffs files={compared.files ?? []} before={compared.current_version} after={compared.semantic_version} />
          <Text size="xs" c="dimmed">
            content.xml is not shown line by line: it may hold passwords.
          </Text>
        </>
      )}
    </Stack>
  );
}
