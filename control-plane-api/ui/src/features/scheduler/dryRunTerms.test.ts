import { expect, it } from 'vitest';
import { whole } from './dryRunTerms';

it('takes whole numbers above 0 from the address', () => {
  expect(['30', undefined, '0', '1.5', 'many'].map((said) => whole(said, 60))).toEqual([30, 60, undefined, undefined, undefined]);
});
