import { Button, MantineProvider, Menu } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { Dialog } from './Dialog';

function Page({ fromMenu }: { fromMenu: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <MantineProvider env="test">
      {fromMenu ? (
        <Menu>
          <Menu.Target>
            <Button>Actions</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setOpen(true)}>Drain</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Button onClick={() => setOpen(true)}>Drain</Button>
      )}
      {open && (
        <Dialog title="Drain it" onClose={() => setOpen(false)}>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
        </Dialog>
      )}
    </MantineProvider>
  );
}

it('gives the focus back to the button that opened it', async () => {
  const user = userEvent.setup();
  render(<Page fromMenu={false} />);
  await user.click(screen.getByRole('button', { name: 'Drain' }));
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(screen.getByRole('button', { name: 'Drain' })).toHaveFocus();
});

it('gives the focus back to the button of the menu from which it was opened', async () => {
  const user = userEvent.setup();
  render(<Page fromMenu />);
  await user.click(screen.getByRole('button', { name: 'Actions' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Drain' }));
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(screen.getByRole('button', { name: 'Actions' })).toHaveFocus();
});
