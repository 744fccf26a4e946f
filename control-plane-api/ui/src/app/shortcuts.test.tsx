import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { useShortcuts } from './shortcuts';

const help = vi.fn();
const sessions = vi.fn();
const KEYS = { '?': help, 'g s': sessions };

function Listening() {
  useShortcuts(KEYS);
  return <input aria-label="field" />;
}

beforeEach(() => {
  vi.clearAllMocks();
  render(<Listening />);
});

it('runs a single key, and two after one another', async () => {
  await userEvent.keyboard('?gs');
  expect(help).toHaveBeenCalledOnce();
  expect(sessions).toHaveBeenCalledOnce();
});

it('does nothing for the second key alone', async () => {
  await userEvent.keyboard('s');
  expect(sessions).not.toHaveBeenCalled();
});

it('leaves alone what is typed into a field', async () => {
  await userEvent.type(document.querySelector('input') as HTMLInputElement, '?gs');
  expect(help).not.toHaveBeenCalled();
  expect(sessions).not.toHaveBeenCalled();
});
