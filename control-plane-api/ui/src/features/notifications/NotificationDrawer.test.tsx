import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Action } from '../../actions/action';
import { expectAccessible } from '../../test/accessible';
import { NotificationDrawer } from './NotificationDrawer';
import type { Notification } from './notificationColumns';

const asked = vi.hoisted(() => ({ actions: [] as Action[] }));
vi.mock('../../actions/useAction', () => ({ useAction: () => (action: Action) => asked.actions.push(action), useAllowed: (actions: Action[]) => actions }));
vi.mock('../../components/PageLink', () => ({ PageLink: ({ to, children }: { to: string; children: React.ReactNode }) => <a href={to}>{children}</a> }));

const FAILED: Notification = {
  id: 'n-1',
  kind: 'sessions_failed',
  severity: 'warning',
  status: 'open',
  active: true,
  title: 'Sessions fail',
  advice: 'Look at its content.',
  text: '12 sessions of two-routers failed.',
  subject: { kind: 'lablet_definition_name', id: 'two-routers', name: 'two-routers' },
  count: 12,
  things: [{ kind: 'lablet_session', id: '0f5d0f6f-1', name: 'two-routers' }],
  opened_at: '2030-01-01T09:00:00Z',
  changed_at: '2030-01-01T09:00:00Z',
};

function show(shown: Notification) {
  render(
    <MantineProvider env="test">
      <NotificationDrawer shown={shown} close={() => undefined} />
    </MantineProvider>,
  );
}

beforeEach(() => {
  asked.actions = [];
});

it('says what is the matter, what to do, and leads to what it counts', async () => {
  show(FAILED);
  const drawer = screen.getByRole('dialog');
  expect(drawer).toHaveTextContent('12 sessions of two-routers failed.');
  expect(drawer).toHaveTextContent('Look at its content.');
  expect(drawer).toHaveTextContent('The first 1 of 12');
  expect(screen.getByRole('link', { name: /0f5d0f6f/ })).toHaveAttribute('href', '/sessions/0f5d0f6f-1');
  await expectAccessible(drawer);
});

it('is acknowledged while it is open', async () => {
  show(FAILED);
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge' }));
  expect(asked.actions).toHaveLength(1);
});

it('tells who knows of it, and asks nobody else', () => {
  show({ ...FAILED, status: 'acknowledged', acknowledged: { by: 'ada', at: '2030-01-01T09:05:00Z', note: 'on it', count: 12, severity: 'warning' } });
  expect(screen.getByText('ada: on it')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});
