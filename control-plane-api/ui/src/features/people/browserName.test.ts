import { expect, it } from 'vitest';
import { browserName } from './browserName';

it('knows the usual browsers, and shows what it does not know as it is', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36')).toBe('Chrome on Linux');
  expect(browserName('Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0')).toBe('Edge on Windows');
  expect(browserName('curl/8')).toBe('curl/8');
  expect(browserName('')).toBe('Unknown');
});
