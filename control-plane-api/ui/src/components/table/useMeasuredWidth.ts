import { useElementSize } from '@mantine/hooks';
import { type RefCallback, useCallback, useState } from 'react';

/** How wide an element is, in pixels, before it is first painted: what depends on it need not change under the eyes. 0 before. */
export function useMeasuredWidth(): { ref: RefCallback<HTMLDivElement>; width: number } {
  const { ref: observed, width } = useElementSize<HTMLDivElement>();
  const [first, setFirst] = useState(0);
  // A state that is set while a ref is attached is drawn in the same frame.
  const ref = useCallback((element: HTMLDivElement | null) => {
    observed(element);
    if (element) setFirst(element.clientWidth);
  }, [observed]);
  return { ref, width: width || first };
}
