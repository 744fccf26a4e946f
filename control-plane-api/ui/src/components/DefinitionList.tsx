import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

const NAME_PX_ON_A_PHONE = 110;
/** Names for which a page asks more room than this are sentences, and their values short. */
const USUAL_PX = 170;

type Fact = readonly [string, ReactNode];

/** Names and their values, one below the other; what is undefined, null or empty is left out. */
export function DefinitionList({ facts, nameWidth = 150 }: { facts: Readonly<Record<string, ReactNode>> | readonly Fact[]; nameWidth?: number }) {
  const pairs = Array.isArray(facts) ? (facts as readonly Fact[]) : Object.entries(facts);
  return (
    <Table variant="vertical" layout="fixed" withRowBorders={false} verticalSpacing={4}>
      <Table.Tbody>
        {pairs
          .filter(([, value]) => value !== undefined && value !== null && value !== '')
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={{ base: nameWidth > USUAL_PX ? '50%' : Math.min(nameWidth, NAME_PX_ON_A_PHONE), sm: nameWidth }} style={{ verticalAlign: 'top' }}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>{value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}
