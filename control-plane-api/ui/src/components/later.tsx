import { Skeleton } from '@mantine/core';
import { type ComponentType, lazy, Suspense } from 'react';

/** A part of a page that is fetched when it is first shown; *place* keeps room for it meanwhile. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>, place = 0): ComponentType<Props> {
  const Fetched = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense fallback={place > 0 ? <Skeleton h={place} /> : null}>
      <Fetched {...props} />
    </Suspense>
  );
}
