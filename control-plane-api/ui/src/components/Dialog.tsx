import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';

/** A modal that is open for as long as it is mounted. Whatever had the focus before has it again afterwards. */
export function Dialog({ children, ...props }: Omit<ModalProps, 'opened'>) {
  const [opener] = useState(() => openerOf(document.activeElement));
  useEffect(() => () => returnTo(opener), [opener]);
  return (
    <Modal {...props} opened>
      {children}
    </Modal>
  );
}

/** The button of a menu stands for its entries, which go when the menu closes. */
function openerOf(focused: Element | null): HTMLElement | null {
  const menu = focused?.closest('[role=menu]');
  const opener = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : focused;
  return opener instanceof HTMLElement ? opener : null;
}

function returnTo(opener: HTMLElement | null): void {
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}
