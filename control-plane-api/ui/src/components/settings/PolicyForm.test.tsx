import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Action } from '../../actions/action';
import { expectAccessible } from '../../test/accessible';
import { PolicyForm } from './PolicyForm';
import type { SettingField } from './settingField';

const asked = vi.hoisted(() => ({ may: true, actions: [] as Action[] }));
const put = vi.hoisted(() => vi.fn());
vi.mock('../../api/access', () => ({ useMay: () => () => asked.may }));
vi.mock('../../actions/useAction', () => ({ useAction: () => (action: Action) => asked.actions.push(action) }));
vi.mock('../../api/client', () => ({ api: { PUT: put } }));

const FIELDS: SettingField[] = [
  { path: 'max_workers_per_region', type: 'integer', help: 'Workers that may exist.', default: 20, nullable: false, least: 0, most: 100 },
  { path: 'host_loss.give_back_time', type: 'boolean', help: 'Whether time is given back.', default: true, nullable: false },
  { path: 'notifications.muted', type: 'array', help: 'Of which nobody is told.', default: [], nullable: false, choices: ['worker_lost'] },
];
const CURRENT = { version: 3, policy: { max_workers_per_region: 20, host_loss: { give_back_time: true, hold_seconds: 5 }, notifications: { muted: [] } } } as never;

function show() {
  return render(
    <MantineProvider env="test">
      <PolicyForm current={CURRENT} fields={FIELDS} />
    </MantineProvider>,
  );
}

beforeEach(() => {
  asked.may = true;
  asked.actions = [];
  put.mockReset();
});

it('saves what was changed, with the version that was seen, and leaves the rest', async () => {
  show();
  const input = screen.getByLabelText(/Max workers per region/);
  await userEvent.clear(input);
  await userEvent.type(input, '30');
  await userEvent.click(screen.getByRole('button', { name: 'Save 1 change' }));
  const [action] = asked.actions;
  expect(action?.version).toBe(3);
  await action?.send({ reason: 'more', switches: {}, texts: {} }, { 'idempotency-key': 'k' });
  expect(put.mock.calls[0]?.[1].body).toEqual({ reason: 'more', policy: { max_workers_per_region: 30, host_loss: { give_back_time: true, hold_seconds: 5 }, notifications: { muted: [] } } });
});

it('does not offer to save what cannot be taken', async () => {
  const { container } = show();
  const input = screen.getByLabelText(/Max workers per region/);
  await userEvent.clear(input);
  await userEvent.type(input, '101');
  expect(screen.getByText('100 at the most')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Nothing changed' })).toBeDisabled();
  await expectAccessible(container);
});

it('is for reading where the role may not change it', () => {
  asked.may = false;
  show();
  expect(screen.getByText('Only an admin can change these.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Save|Nothing/ })).toBeNull();
});
