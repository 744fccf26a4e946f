import { Text } from '@mantine/core';

/** One line of text in a cell; the whole of it on hover. */
export function Cut({ children, dimmed }: { children: string; dimmed?: boolean }) {
  return (
    <Text size={dimmed ? 'xs' : 'sm'} c={dimmed ? 'dimmed' : undefined} truncate title={children}>
      {children}
    </Text>
  );
}
