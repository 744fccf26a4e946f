import { Anchor, type AnchorProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Props extends AnchorProps {
  to: string;
  search?: Record<string, unknown>;
  children: ReactNode;
  tabIndex?: number;
}

/** A link to a page of this UI. One that is cut where its room ends is as wide as that. */
export function PageLink({ to, search, children, ...rest }: Props) {
  return (
    <Anchor size="sm" display={rest.truncate ? 'block' : undefined} {...rest} renderRoot={(props) => <Link to={to} search={search as never} {...props} />}>
      {children}
    </Anchor>
  );
}
