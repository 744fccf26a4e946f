import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { api } from '../../api/client';
import { SecretOnce } from './SecretOnce';
import { subscriptionActions } from './subscriptionActions';
import type { Subscription } from './webhookWords';

const rotated = async (answer: object) => {
  const shown = vi.fn();
  vi.spyOn(api, 'POST').mockResolvedValueOnce({ data: answer } as never);
  const rotate = subscriptionActions({ id: 's', version: 3, status: 'ACTIVE' } as Subscription, shown).find((action) => action.label === 'Rotate key');
  await rotate?.send({ reason: '', switches: {}, texts: { hours: '24' } }, { 'idempotency-key': 'k' });
  return shown.mock.calls;
};

it('shows the secret of a new key', async () => {
  expect(await rotated({ secret: 'whsec_1' })).toEqual([['whsec_1']]);
});

it('tells that the secret is lost when the answer repeats that to an earlier attempt', async () => {
  expect(await rotated({ secret: null })).toEqual([[null]]);
  render(<MantineProvider env="test"><SecretOnce secret={null} close={() => undefined} /></MantineProvider>);
  expect(screen.getByText(/its secret can no longer be shown. Rotate the key/)).toBeInTheDocument();
});
