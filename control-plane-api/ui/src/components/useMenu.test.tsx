import { Button, MantineProvider, Menu } from '@mantine/core';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { theme } from '../app/theme';
import { useMenu } from './useMenu';

function Actions() {
  return (
    <Menu {...useMenu()}>
      <Menu.Target>
        <Button>Actions</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item>Drain</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function show() {
  render(
    <MantineProvider env="test" theme={theme}>
      <Actions />
    </MantineProvider>,
  );
  return screen.getByRole('button', { name: 'Actions' });
}

it('closes with Escape while the focus is still on its button', () => {
  const button = show();
  button.focus();
  fireEvent.click(button);
  expect(screen.getByRole('menu')).toBeInTheDocument();
  expect(button).toHaveFocus();
  fireEvent.keyDown(button, { key: 'Escape' });
  expect(screen.queryByRole('menu')).not.toBeInTheDocument();
});

it('closes with Escape from one of its items, and gives the focus back', async () => {
  const user = userEvent.setup();
  const button = show();
  await user.click(button);
  await waitFor(() => expect(screen.getByRole('menuitem', { name: 'Drain' })).toHaveFocus());
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('menu')).not.toBeInTheDocument();
  expect(button).toHaveFocus();
});
