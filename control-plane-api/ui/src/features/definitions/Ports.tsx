import { Table, Text } from '@mantine/core';
import { Panel } from '../../components/Panel';
import { type Definition, portText } from './definitionWords';

/** What is forwarded from each node, and which devices the learner sees. */
export function Ports({ definition }: { definition: Definition }) {
  const { port_requests: ports, visible_devices: devices } = definition;
  return (
    <>
      <Panel title="Ports">
        {ports.length === 0 ? (
          <Text size="sm">Nothing is forwarded. A node is by a tag such as serial:5001 or pat:5002:22.</Text>
        ) : (
          <Table verticalSpacing={4} aria-label="Ports">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Node</Table.Th>
                <Table.Th>Inside</Table.Th>
                <Table.Th>Outside</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ports.map((port) => (
                <Table.Tr key={`${port.node_label}/${port.protocol}/${port.inner}`}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{port.node_label}</Table.Td>
                  <Table.Td>{portText(port)}</Table.Td>
                  <Table.Td c="dimmed">granted with the worker</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Panel>
      <Panel title="What the learner sees">
        {devices.length === 0 ? (
          <Text size="sm">Its content.xml names no device.</Text>
        ) : (
          <Table verticalSpacing={4} aria-label="What the learner sees">
            <Table.Tbody>
              {devices.map((device) => (
                <Table.Tr key={device.device_label}>
                  <Table.Td>{device.device_label}</Table.Td>
                  <Table.Td c="dimmed">{[device.category, device.access_mode].filter(Boolean).join(', ')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Panel>
    </>
  );
}
