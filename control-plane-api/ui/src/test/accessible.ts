import axe from 'axe-core';
import { expect } from 'vitest';

/** Rules that need a layout, which the test environment does not have; the browser test looks at these. */
const NEEDS_LAYOUT = { 'color-contrast': { enabled: false }, 'scrollable-region-focusable': { enabled: false } };

/** No finding of axe (WCAG 2.2 A and AA, best practices) in what was rendered. */
export async function expectAccessible(container: Element): Promise<void> {
  const { violations } = await axe.run(container, { rules: { ...NEEDS_LAYOUT, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`)).toEqual([]);
}
