// Asks before a change takes effect, and for the reason, which goes to the audit log. The dialog stays open while the change is made; what
// the API refuses is said in it, and nothing that was typed is lost.

import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { Fault } from './fault.tsx';

interface ConfirmDialogProps {
  title: string;
  /** Word on the button that does it, e.g. `Block the server`. */
  act: string;
  /** The act takes something away from people. */
  grave?: boolean;
  /** What will happen, and fields that the change needs. */
  children?: ReactNode;
  /** Whether the fields are fit to be sent. */
  ready?: boolean;
  /** Why it cannot be done yet, or not by this person; said beside the button. */
  waiting?: string | undefined;
  /** A fixed comment: the person is not asked. */
  comment?: string;
  /** Width, as Mantine takes it. */
  size?: string;
  onClose: () => void;
  /** Closes the dialog when it resolves; what it throws is shown. */
  onConfirm: (comment: string) => Promise<unknown>;
}

const SHORTEST = 3;

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, act, grave, children, ready = true, waiting, comment, size = 'lg', onClose, onConfirm } = props;
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const missing = comment === undefined && reason.trim().length < SHORTEST;

  async function confirm(event: FormEvent): Promise<void> {
    event.preventDefault();
    setAsked(true);
    if (missing || !ready) return;
    setBusy(true);
    setFault(undefined);
    try {
      await onConfirm(comment ?? reason.trim());
      onClose();
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  }

  return (
    <Dialog title={title} onClose={onClose} size={size} busy={busy}>
      <form onSubmit={(event) => void confirm(event)} noValidate>
        <Stack>
          {children}
          {comment === undefined && (
            <Textarea
              label="Why?"
              description="Goes to the audit log with your name."
              withAsterisk
              autosize
              minRows={2}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              error={asked && missing ? 'Say why, in a few words.' : undefined}
            />
          )}
          <Fault error={fault} />
          <Group justify="flex-end">
            {waiting !== undefined && (
              <Text size="sm" c="dimmed" mr="auto">
                {waiting}
              </Text>
            )}
            <Button variant="default" onClick={onClose} disabled={busy}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={waiting !== undefined} {...(grave ? { color: 'red' } : {})}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
