import { expect, it } from 'vitest';
import { flag, maybeOneOf, oneOf, parseUrl, text } from './urlState';

const fields = { status: maybeOneOf(['READY', 'RUNNING']), sort: oneOf(['-created_at', 'created_at'], '-created_at'), who: text(5), all: flag() };

it('reads what is valid', () => {
  expect(parseUrl(fields, { status: 'READY', sort: 'created_at', who: 'ann', all: true })).toEqual({
    status: 'READY',
    sort: 'created_at',
    who: 'ann',
    all: true,
  });
});

it('falls back where an address was tampered with or has grown old', () => {
  expect(parseUrl(fields, { status: 'NO_SUCH', sort: 7, who: '', all: 'yes' })).toEqual({
    status: undefined,
    sort: '-created_at',
    who: undefined,
    all: false,
  });
});

it('keeps text that looks like a number, and not more of it than is allowed', () => {
  expect(parseUrl(fields, { who: 1234567 }).who).toBe('12345');
});

it('finds a choice that looks like a number or a truth value', () => {
  const choices = { hours: oneOf(['24', '168'], '24'), taken: maybeOneOf(['true', 'false']) };
  expect(parseUrl(choices, { hours: 168, taken: true })).toEqual({ hours: '168', taken: 'true' });
});
