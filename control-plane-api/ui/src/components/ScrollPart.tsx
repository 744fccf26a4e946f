import { Box } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  label: string;
  /** At most so high, as CSS says it. */
  height: string;
  /** As high also while there is little in it. */
  fixed?: boolean;
  children: ReactNode;
}

/** A part of a panel that is scrolled for itself, also by keys. */
export function ScrollPart({ label, height, fixed = false, children }: Props) {
  return (
    <Box mah={height} mih={fixed ? height : undefined} pos="relative" style={{ overflowY: 'auto' }} tabIndex={0} role="region" aria-label={label}>
      {children}
    </Box>
  );
}
