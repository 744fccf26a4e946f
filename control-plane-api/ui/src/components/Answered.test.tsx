import { MantineProvider } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { Answered } from './Answered';

const shown = (query: Partial<UseQueryResult<string>>) =>
  render(
    <MantineProvider env="test">
      <Answered query={query as UseQueryResult<string>}>{(answer) => <p>{answer}</p>}</Answered>
    </MantineProvider>,
  );

it('keeps an older answer, and tells above it that it is not up to date', async () => {
  const refetch = vi.fn();
  shown({ data: 'three workers', error: new Error('No answer.'), refetch });
  expect(screen.getByText('three workers')).toBeInTheDocument();
  expect(screen.getByRole('status')).toHaveTextContent('Not up to date: No answer.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(refetch).toHaveBeenCalled();
});

it('says nothing of that while all is well', () => {
  shown({ data: 'three workers', error: null });
  expect(screen.queryByRole('status')).toBeNull();
});
