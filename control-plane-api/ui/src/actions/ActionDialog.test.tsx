import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/problems';
import { expectAccessible } from '../test/accessible';
import type { Action } from './action';
import { ActionDialog } from './ActionDialog';

const send = vi.fn<Action['send']>();
const close = vi.fn();
const drain: Action = {
  operation: 'POST /api/v1/workers/{worker_id}/drain',
  label: 'Drain',
  consequence: 'No new session is placed on it.',
  destructive: true,
  asksReason: true,
  fields: [{ kind: 'switch', name: 'force', label: 'Also at risk' }],
  version: 7,
  send,
  done: 'It is draining.',
};
const refusal = new ApiError({ type: 'urn:lcm:problem:worker-busy', code: 'worker-busy', title: 'Conflict', status: 409, detail: 'Two sessions are live on it.', instance: '/' });

describe('the dialog of an action', () => {
  beforeEach(() => {
    vi.resetAllMocks();
    render(
      <MantineProvider env="test">
        <QueryClientProvider client={new QueryClient()}>
          <ActionDialog action={drain} close={close} />
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
  const button = () => screen.getByRole('button', { name: 'Drain' });

  it('tells the consequence, and sends nothing without a reason', async () => {
    expect(screen.getByText('No new session is placed on it.')).toBeInTheDocument();
    expect(button()).toBeDisabled();
    await expectAccessible(screen.getByRole('dialog'));
  });

  it('tells a refusal and what to do, and sends again under the same key', async () => {
    send.mockRejectedValueOnce(refusal).mockResolvedValueOnce({});
    await userEvent.type(screen.getByLabelText(/Reason/), 'maintenance');
    await userEvent.click(screen.getByLabelText('Also at risk'));
    await userEvent.click(button());
    expect(await screen.findByText('Two sessions are live on it.')).toBeInTheDocument();
    expect(screen.getByText(/Look at its present state/)).toBeInTheDocument();
    await userEvent.click(button());
    await vi.waitFor(() => expect(close).toHaveBeenCalled());
    const [first, second] = send.mock.calls;
    expect(first?.[0]).toMatchObject({ reason: 'maintenance', switches: { force: true } });
    expect(first?.[1]['if-match']).toBe('"7"');
    expect(second?.[1]).toEqual(first?.[1]);
  });

  it('sends under another key when the reason was changed', async () => {
    send.mockRejectedValueOnce(refusal).mockResolvedValueOnce({});
    await userEvent.type(screen.getByLabelText(/Reason/), 'maintenance');
    await userEvent.click(button());
    await screen.findByText('Two sessions are live on it.');
    await userEvent.type(screen.getByLabelText(/Reason/), ' of the host');
    await userEvent.click(button());
    await vi.waitFor(() => expect(close).toHaveBeenCalled());
    const [first, second] = send.mock.calls;
    expect(second?.[1]['idempotency-key']).not.toBe(first?.[1]['idempotency-key']);
  });

  it('does not close while it is being sent', async () => {
    let answered: (value: object) => void = () => undefined;
    send.mockReturnValueOnce(new Promise((resolve) => (answered = resolve)));
    await userEvent.type(screen.getByLabelText(/Reason/), 'maintenance');
    await userEvent.click(button());
    expect(screen.getByRole('button', { name: 'Cancel' })).toBeDisabled();
    expect(screen.getByRole('button', { name: 'Close' })).toBeDisabled();
    await userEvent.keyboard('{Escape}');
    expect(close).not.toHaveBeenCalled();
    answered({});
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1));
  });
});
