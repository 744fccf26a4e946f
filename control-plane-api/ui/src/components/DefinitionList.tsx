import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and their values; what is undefined is left out. */
export function DefinitionList({ facts, nameWidth = 130 }: { facts: Record<string, ReactNode>; nameWidth?: number }) {
  return (
    <Table variant="vertical" layout="fixed" withRowBorders={false}>
      <Table.Tbody>
        {Object.entries(facts)
          .filter(([, value]) => value !== undefined && value !== null && value !== '')
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={nameWidth}>{name}</Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}
