import { expect, it } from 'vitest';
import { guardsText, inputFact } from './scalingWords';

it('names what a decision was made from, with its unit', () => {
  expect(inputFact('idle_seconds', 900)).toEqual(['Idle', '900 s']);
  expect(inputFact('idle_seconds_wanted', 1800)).toEqual(['Idle wanted', '1,800 s']);
  expect(inputFact('workers_in_region', 3)).toEqual(['Workers in region', '3']);
  expect(inputFact('enabled', false)).toEqual(['Enabled', 'no']);
  expect(inputFact('last_scale_down_at', null)).toEqual(['Last scale down at', undefined]);
});

it('counts the guards that say no', () => {
  const no = { name: 'idle', passes: false, why: 'it is busy' };
  const yes = { name: 'enabled', passes: true, why: '' };
  expect([[], [yes], [yes, yes], [no, yes], [no, no]].map((answers) => guardsText({ answers }))).toEqual(['', 'the guard agrees', 'all 2 guards agree', '1 of 2 guards says no', '2 of 2 guards say no']);
});
