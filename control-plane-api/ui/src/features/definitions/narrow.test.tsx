import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/accessible';
import { Changes } from './Changes';
import type { Definition } from './definitionWords';
import { VersionRows } from './VersionRows';

vi.mock('../../components/table/useMeasuredWidth', () => ({ useMeasuredWidth: () => ({ ref: () => undefined, width: 340 }) }));
vi.mock('../../components/PageLink', () => ({ PageLink: ({ to, children }: { to: string; children: string }) => <a href={to}>{children}</a> }));

const version = (id: string, semantic_version: string, content_hash: string | null) => ({ id, semantic_version, content_hash, status: 'ACTIVE', created_at: '2026-01-05T09:00:00Z', created_by: 'ada' }) as Definition;

it('tells what changed as a list where there is little width', async () => {
  const { container } = render(<MantineProvider env="test"><Changes changes={[{ what: 'node', name: 'r3', change: 'added', level: 'major', detail: '' }]} /></MantineProvider>);
  expect(screen.queryByRole('table')).toBeNull();
  expect(screen.getByRole('listitem')).toHaveTextContent(/node.*r3.*added/);
  await expectAccessible(container);
});

it('shows versions as cards there, which lead to the others', async () => {
  const { container } = render(<MantineProvider env="test"><VersionRows versions={[version('b', '2.0.0', 'c0ffee'), version('a', '1.0.0', null)]} current="b" /></MantineProvider>);
  const [current, other] = screen.getAllByRole('listitem');
  expect(current).toHaveAttribute('aria-current', 'true');
  expect(other).toHaveTextContent('none yet');
  expect(screen.getByRole('link')).toHaveAttribute('href', '/definitions/a');
  await expectAccessible(container);
});
