import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { WorkerRow } from '../../api/types';
import { expectAccessible } from '../../test/accessible';
import { Launches } from './Launches';

const attempt = (number: number, part: object) => ({ number, round: 1, at: '2026-01-05T09:00:00Z', template_name: 'large', template_version: 2, instance_type: 'm5zn.metal', purchase: 'ON_DEMAND', zone: 'us-east-1a', ...part });
const shown = (worker: object) => render(<MantineProvider env="test"><Launches worker={worker as WorkerRow} /></MantineProvider>);

it('tells each attempt with the answer of EC2, the last first, and what was seen at the end', async () => {
  const { container } = shown({
    launch_attempts: [attempt(1, { outcome: 'REFUSED', code: 'InsufficientInstanceCapacity', reason: 'no room' }), attempt(2, { outcome: 'LAUNCHED' })],
    failure_evidence: { step: 'CML', ec2_state: 'running', cml_answer: 'timed out', console_output: 'kernel panic' },
  });
  expect(screen.getAllByText(/^Attempt/).map((each) => each.textContent)).toEqual(['Attempt 2', 'Attempt 1']);
  expect(screen.getByText('InsufficientInstanceCapacity: no room')).toBeInTheDocument();
  expect(screen.getByText('kernel panic')).toBeInTheDocument();
  await expectAccessible(container);
});

it('is not there for a worker that was never launched', () => {
  const { container } = shown({ launch_attempts: [], failure_evidence: null });
  expect(container.querySelector('section')).toBeNull();
});
