import { expect, it } from 'vitest';
import { fromLocalInput, toLocalInput } from './localInput';

it('shows an instant on the local clock and gives the same one back', () => {
  const instant = '2026-11-30T06:05:00.000Z';
  expect(fromLocalInput(toLocalInput(instant))).toBe(instant);
});

it('has nothing for what is no instant', () => {
  expect(toLocalInput('soon')).toBe('');
  expect(fromLocalInput('')).toBeUndefined();
});
