import { MantineProvider } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { ApiError } from '../api/problems';
import { AnsweredPage } from './AnsweredPage';

vi.mock('./PageLink', () => ({ PageLink: ({ to, children }: { to: string; children: string }) => <a href={to}>{children}</a> }));

const refused = (status: number) => new ApiError({ type: 'about:blank', code: 'x', title: 'No', status, detail: 'It is not here.', instance: '/' });
const show = (query: Partial<UseQueryResult<string>>) =>
  render(
    <MantineProvider env="test">
      <AnsweredPage query={{ error: null, refetch: () => undefined, ...query } as never} thing="session" back={{ to: '/sessions', label: 'Sessions' }}>
        {(answer: string) => answer}
      </AnsweredPage>
    </MantineProvider>,
  );

it('says that there is no such thing, and leads to the others', () => {
  show({ error: refused(404) });
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('There is no such session');
  expect(screen.getByRole('link', { name: /^To the list/ })).toHaveAttribute('href', '/sessions');
});

it('does not offer to try again for what is not there', () => {
  show({ error: refused(404) });
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

it('tells why it cannot be shown, and offers to try again', () => {
  show({ error: refused(503) });
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('The session cannot be shown');
  expect(screen.getByRole('alert')).toHaveTextContent('It is not here.');
  expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
});

it('keeps an older answer when it cannot be read again', () => {
  show({ data: 'what was read', error: refused(503) });
  expect(screen.getByText('what was read')).toBeInTheDocument();
});

it('keeps the place of what is read', () => {
  show({});
  expect(screen.getByLabelText('Loading')).toBeInTheDocument();
});
