// A dialog over the page: for what needs an answer, or a look, before one goes on.

import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './dialog.module.css';
import { useAsDialog } from './open-dialogs.ts';
import { useReturnFocus } from './return-focus.ts';

interface DialogProps {
  title: string;
  onClose: () => void;
  size?: string;
  /** Work is under way: a click beside the dialog does not close it. */
  busy?: boolean;
  children: ReactNode;
}

/** Put together by hand: the library's own head is a second banner of the page for people who do not see it. */
export function Dialog({ title, onClose, size = 'lg', busy = false, children }: DialogProps) {
  useAsDialog();
  useReturnFocus();
  return (
    <Modal.Root opened onClose={onClose} size={size} centered yOffset="2dvh" closeOnClickOutside={!busy}>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <div className={classes.head}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
