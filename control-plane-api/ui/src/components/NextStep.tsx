import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Operation, useMay } from '../api/access';

interface Props {
  /** What one goes there to do, or to read: nothing is offered to roles that may not. */
  needs: Operation;
  to: string;
  children: ReactNode;
}

/** Below what is empty: the way to what would fill it. */
export function NextStep({ needs, to, children }: Props) {
  if (!useMay()(needs)) return null;
  return (
    <Button variant="light" renderRoot={(props) => <Link to={to as string} {...props} />}>
      {children}
    </Button>
  );
}
