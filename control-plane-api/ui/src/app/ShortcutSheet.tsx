import { Group, Kbd, Table, Text } from '@mantine/core';
import { Dialog } from '../components/Dialog';
import type { Page } from './pages';

const EVERYWHERE: readonly [string, string][] = [
  ['Ctrl K', 'Find a page, a session, a worker'],
  ['/', 'The same'],
  ['?', 'This sheet'],
  ['t', 'Light, dark, as the system'],
];
const IN_LISTS: readonly [string, string][] = [
  ['↑ ↓', 'One row up or down'],
  ['Page Up, Page Down', 'Ten rows up or down'],
  ['Home, End', 'First and last row'],
  ['Enter', 'Open the row'],
];

export default function ShortcutSheet({ pages, close }: { pages: readonly Page[]; close: () => void }) {
  const leading = pages.filter((page) => page.key).map((page): [string, string] => [`g ${page.key}`, page.label]);
  return (
    <Dialog onClose={close} title="Keyboard shortcuts" closeButtonProps={{ 'aria-label': 'Close' }} size="md">
      <Keys title="Everywhere" keys={EVERYWHERE} />
      <Keys title="Go to" keys={leading} />
      <Keys title="In lists" keys={IN_LISTS} />
    </Dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: readonly [string, string][] }) {
  return (
    <Table mb="md" withRowBorders={false} captionSide="top">
      <Table.Caption ta="left">{title}</Table.Caption>
      <Table.Tbody>
        {keys.map(([pressed, does]) => (
          <Table.Tr key={pressed}>
            <Table.Td w={190}>
              <Group gap={4}>
                {pressed.split(' ').map((key) => (/^[A-Z↑↓]|^.$/.test(key) ? <Kbd key={key}>{key.replace(',', '')}</Kbd> : key))}
              </Group>
            </Table.Td>
            <Table.Td>
              <Text size="sm">{does}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
