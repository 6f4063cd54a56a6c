// The details of one row, at the right of the table: closes with Escape, and the table stays in sight.

import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './dialog.module.css';
import { useHasDialogs } from './open-dialogs.ts';
import { useReturnFocus } from './return-focus.ts';

interface DetailDrawerProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** Put together by hand, as dialogs are (dialog.tsx). */
export function DetailDrawer({ title, onClose, children }: DetailDrawerProps) {
  const hasDialogs = useHasDialogs();
  useReturnFocus();
  return (
    <Drawer.Root opened onClose={onClose} closeOnEscape={!hasDialogs} position="right" size="min(760px, 100vw)">
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content>
        <div className={classes.head} data-line>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
