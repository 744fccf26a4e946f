import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useShortcuts } from './shortcuts';
import { typedAhead } from './typedAhead';

const colours = vi.fn();
const handOver = vi.fn();
const KEYS = { t: colours };
let end: () => void;

function Page() {
  useShortcuts(KEYS);
  return <input aria-label="Search" />;
}

const field = () => document.querySelector('input') as HTMLInputElement;

beforeEach(() => {
  vi.clearAllMocks();
  render(<Page />);
  end = typedAhead(handOver);
});

afterEach(() => end());

it('hands over what was typed before the field was there, and runs no shortcut by it', async () => {
  await userEvent.keyboard('ten{Backspace}a');
  field().focus();
  expect(handOver).toHaveBeenCalledExactlyOnceWith('tea');
  expect(colours).not.toHaveBeenCalled();
});

it('leaves what follows to the field and to the shortcuts', async () => {
  field().focus();
  await userEvent.keyboard('t');
  expect(field().value).toBe('t');
  field().blur();
  await userEvent.keyboard('t');
  expect(colours).toHaveBeenCalledOnce();
  expect(handOver).not.toHaveBeenCalled();
});

it('gives up at Escape', async () => {
  await userEvent.keyboard('a{Escape}t');
  field().focus();
  expect(handOver).not.toHaveBeenCalled();
  expect(colours).toHaveBeenCalledOnce();
});
