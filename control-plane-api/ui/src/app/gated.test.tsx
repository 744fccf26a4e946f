import { MantineProvider } from '@mantine/core';
import { act, render, screen } from '@testing-library/react';
import { Suspense } from 'react';
import { expect, it, vi } from 'vitest';
import { MeContext } from '../api/access';
import { expectAccessible } from '../test/accessible';
import { gated } from './gated';

vi.mock('../components/NextStep', () => ({ NextStep: ({ children }: { children: string }) => children }));

const Page = gated('GET /api/v1/audit', 'Audit', async () => ({ default: () => <h1>Every change</h1> }));
const visit = (roles: string[]) =>
  act(async () => render(
    <MantineProvider env="test">
      <MeContext value={{ roles } as never}>
        <Suspense>
          <Page />
        </Suspense>
      </MeContext>
    </MantineProvider>,
  ));

it('tells a role that may not which one it takes, and shows nothing of the page', async () => {
  const { container } = await visit(['viewer']);
  expect(await screen.findByText(/^It takes .*admin.*; you have viewer\./)).toBeInTheDocument();
  expect(screen.queryByText('Every change')).toBeNull();
  await expectAccessible(container);
});

it('shows the page to a role that may', async () => {
  await visit(['admin']);
  expect(await screen.findByRole('heading', { name: 'Every change' })).toBeInTheDocument();
});
