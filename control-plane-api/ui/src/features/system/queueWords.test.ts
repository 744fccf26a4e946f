import { expect, it } from 'vitest';
import { figuresOf, lagText } from './queueWords';

it('says what is known of a queue', () => {
  expect(figuresOf({ name: 'inbound', waiting: 0, delayed: 3, dead: 0 })).toBe('0 waiting, 3 later');
  expect([figuresOf({ name: 'outbound', waiting: 1, dead: 1 }), figuresOf({ name: 'outbound', waiting: 1, dead: 2 })]).toEqual(['1 waiting, 1 dead letter', '1 waiting, 2 dead letters']);
  expect(figuresOf({ name: 'pipeline' })).toBe('Not known now');
});

it('says how far the feed is behind', () => {
  expect(lagText({ connected: true, behind: 0, lag_seconds: 0.2 })).toBe('up to date');
  expect(lagText({ connected: true, behind: 2000, lag_seconds: 75.2 })).toBe('75 s behind, 2,000 commits to tell');
  expect(lagText({ connected: false, behind: 0, lag_seconds: null })).toBe('Not connected, lag not known');
});
