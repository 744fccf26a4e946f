import { expect, it } from 'vitest';
import { bestOf } from './bestOf';

const thing = (label: string, description = '') => ({ label, description });

it('finds what is called so before what only has it somewhere, however many of those there are', () => {
  const labs = Array.from({ length: 40 }, (_, at) => thing(`OSPF for enterprise networks for learner-${at}`));
  const found = bestOf([...labs, thing('enterprise-large-1')], 'enterprise');
  expect(found[0]?.label).toBe('enterprise-large-1');
  expect(found.length).toBeLessThan(labs.length);
});

it('finds by what is told besides, too', () => {
  expect(bestOf([thing('BGP for ana', 'RUNNING · 7f3c')], '7f3c')).toHaveLength(1);
  expect(bestOf([thing('BGP for ana', 'RUNNING')], 'ospf')).toHaveLength(0);
});
