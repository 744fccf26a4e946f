import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { NextStep } from './NextStep';

const role = vi.hoisted(() => ({ may: true }));
vi.mock('../api/access', () => ({ useMay: () => () => role.may }));
vi.mock('@tanstack/react-router', () => ({ Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a> }));

const show = () =>
  render(
    <MantineProvider env="test">
      <NextStep needs="POST /api/v1/reservations" to="/reservations/book">
        Book
      </NextStep>
    </MantineProvider>,
  );

beforeEach(() => {
  role.may = true;
});

it('leads to what would fill the page', () => {
  show();
  expect(screen.getByRole('link', { name: 'Book' })).toHaveAttribute('href', '/reservations/book');
});

it('is not offered to a role that may not', () => {
  role.may = false;
  show();
  expect(screen.queryByText('Book')).toBeNull();
});
