import { Table, Text } from '@mantine/core';
import type { SessionRow } from '../../api/types';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';

/** Every change of state: when, by whom and why; the newest first. */
export function SessionHistory({ session }: { session: SessionRow }) {
  return (
    <Panel title="History">
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {(session.state_history ?? []).toReversed().map((change) => (
            <Table.Tr key={change.at + change.target}>
              <Table.Td>
                <Text size="sm">{change.target}</Text>
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {change.reason ? `${change.by}: ${change.reason}` : change.by}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                <Moment at={change.at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
