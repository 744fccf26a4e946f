import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { Action } from '../../actions/action';
import { expectAccessible } from '../../test/accessible';
import { LoggedIn } from './LoggedIn';
import { Roles } from './Roles';

const known = vi.hoisted(() => ({ actions: [] as Action[] }));
const row = (subject: string, remote_address: string) => ({ subject, name: subject, roles: ['viewer'], remote_address, user_agent: 'curl/8', created_at: '2030-01-01T09:00:00Z', last_seen_at: '2030-01-01T09:00:00Z', expires_at: '2030-01-01T19:00:00Z' });
vi.mock('../../actions/useAction', () => ({ useAction: () => (action: Action) => known.actions.push(action), useAllowed: (actions: Action[]) => actions }));
vi.mock('../../api/useApi', () => ({ useApi: () => ({ data: [row('ada', '10.0.0.1'), row('bob', '10.0.0.2'), row('ada', '10.0.0.3')], error: null }) }));

const show = (what: React.ReactNode) => render(<MantineProvider env="test">{what}</MantineProvider>);

it('shows each person once, with all browsers, and says what logging out does', async () => {
  const { container } = show(<LoggedIn />);
  expect(screen.getAllByRole('article').map((each) => each.getAttribute('aria-label'))).toEqual(['ada', 'bob']);
  await userEvent.click(screen.getByRole('button', { name: 'Log out ada' }));
  expect(known.actions[0]?.consequence).toMatch(/all 2 browsers/);
  await expectAccessible(container);
});

it('shows what a role may do when it is opened', async () => {
  const { container } = show(<Roles />);
  await userEvent.click(screen.getByRole('button', { name: /^viewer/ }));
  expect(await screen.findAllByText(/GET \/api\/v1\/capacity/)).not.toHaveLength(0);
  await expectAccessible(container);
});
