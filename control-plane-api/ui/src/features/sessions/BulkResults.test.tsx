import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { BulkResults } from './BulkResults';
import type { BulkAnswer } from './bulkActions';

vi.mock('../../components/PageLink', () => ({ PageLink: ({ to, children }: { to: string; children: React.ReactNode }) => <a href={to}>{children}</a> }));

it('tells what was refused first, with why', async () => {
  const answer: BulkAnswer = {
    dry_run: false,
    done: 1,
    unchanged: 0,
    refused: 1,
    more: false,
    results: [
      { session_id: 'a', outcome: 'done', status: 'PENDING' },
      { session_id: 'b', outcome: 'refused', status: 'TERMINATED', problem: { code: 'illegal-transition', detail: 'It has ended.', facts: {} } },
    ],
  };
  render(
    <MantineProvider env="test">
      <BulkResults answer={answer} names={new Map()} close={() => undefined} />
    </MantineProvider>,
  );
  expect(screen.getAllByRole('link').map((link) => link.textContent)).toEqual(['b', 'a']);
  expect(screen.getByText('It has ended.')).toBeInTheDocument();
  await expectAccessible(screen.getByRole('dialog'));
});
