import type { ReactNode } from 'react';
import { useMeasuredWidth } from './table/useMeasuredWidth';

interface Props {
  /** Width of the place itself, not of the window, below which *narrow* is shown. */
  below: number;
  narrow: ReactNode;
  wide: ReactNode;
}

/** The same in two forms, of which the one is made that its place has room for. */
export function ByWidth({ below, narrow, wide }: Props) {
  const { ref, width } = useMeasuredWidth();
  return <div ref={ref}>{width > 0 && width < below ? narrow : wide}</div>;
}
