import type { ReactNode } from 'react';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** As in `grid-template-columns`; "minmax(8rem, 1fr)" when left out. */
  width?: string;
  align?: 'end';
  /** Instant by which the API sorts when the heading is pressed, such as "created_at". */
  sort?: string;
  /** Left out where the list is narrower than so many pixels. */
  from?: number;
}
