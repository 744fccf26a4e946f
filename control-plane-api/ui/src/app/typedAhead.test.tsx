import { act, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useShortcuts } from './shortcuts';
import { typedAhead } from './typedAhead';

const colours = vi.fn();
const KEYS = { t: colours };
let end: () => void;

function Page() {
  const [query, setQuery] = useState('');
  useShortcuts(KEYS);
  return <input aria-label="Search" value={query} onChange={(event) => setQuery(event.currentTarget.value)} />;
}

const field = () => document.querySelector('input') as HTMLInputElement;

beforeEach(() => {
  vi.clearAllMocks();
  render(<Page />);
  end = typedAhead();
});

afterEach(() => end());

it('writes what was typed before the field was there into it, and runs no shortcut by it', async () => {
  await userEvent.keyboard('ten{Backspace}a');
  act(() => field().focus());
  expect(field().value).toBe('tea');
  await userEvent.keyboard('m');
  expect(field().value).toBe('team');
  expect(colours).not.toHaveBeenCalled();
});

it('leaves what follows to the field and to the shortcuts', async () => {
  field().focus();
  await userEvent.keyboard('t');
  expect(field().value).toBe('t');
  field().blur();
  await userEvent.keyboard('t');
  expect(colours).toHaveBeenCalledOnce();
  expect(field().value).toBe('t');
});

it('gives up at Escape', async () => {
  await userEvent.keyboard('a{Escape}t');
  act(() => field().focus());
  expect(field().value).toBe('');
  expect(colours).toHaveBeenCalledOnce();
});
