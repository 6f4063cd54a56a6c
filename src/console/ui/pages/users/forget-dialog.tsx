// Deletes everything that is stored about a person, after their name was typed once more.

import { Alert, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ForgetResult, ForgetUser } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

interface ForgetDialogProps {
  user: string;
  onForgotten: (result: ForgetResult) => void;
  onClose: () => void;
}

export function ForgetDialog({ user, onForgotten, onClose }: ForgetDialogProps) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');

  async function forget(comment: string): Promise<void> {
    const body: ForgetUser = { user, confirm: typed, comment };
    onForgotten(await callApi<ForgetResult>('/people/forget', { method: 'POST', body }));
    void client.invalidateQueries();
  }

  return (
    <ConfirmDialog
      title="Delete everything about this user"
      act="Delete for good"
      grave
      waiting={typed === user ? undefined : 'Type the name to go on.'}
      onClose={onClose}
      onConfirm={forget}
    >
      <Alert color="red" variant="light" title="This cannot be undone">
        Every row that names <Untrusted text={user} mono /> is deleted: exchanges, calls, DLP findings, counts by user, and the
        name in the inventory of servers. Their proxy tokens end; their requests for approval and the notes on their findings go.
      </Alert>
      <Text size="sm">
        Counts without names stay, and the audit log, which records this act under a pseudonym: leave the name out of the reason
        below. What else still names the user is listed afterwards. It takes ClickHouse some seconds, with much data minutes.
      </Text>
      <TextInput
        label="Type the name of the user"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
