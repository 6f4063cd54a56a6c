// Deletes everything that is stored about a person, after their name was typed once more.

import { Alert, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ForgetResult, ForgetUser } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useSetParams } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';

export function ForgetDialog({ user, onClose }: { user: string; onClose: () => void }) {
  const client = useQueryClient();
  const setParams = useSetParams();
  const [typed, setTyped] = useState('');

  async function forget(comment: string): Promise<void> {
    const body: ForgetUser = { user, confirm: typed, comment };
    const { rows, waiting } = await callApi<ForgetResult>('/people/forget', { method: 'POST', body });
    const more = waiting ? ' Events were still waiting to be stored: do it again in a minute.' : '';
    notifications.show({
      message: `${counted(rows, 'row', 'rows')} deleted.${more}`,
      color: waiting ? 'yellow' : 'green',
      autoClose: waiting ? false : 6_000,
    });
    void client.invalidateQueries();
    setParams({ open: '', view: '', sort: '' });
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
        name in the inventory of servers.
      </Alert>
      <Text size="sm">
        Counts without names stay, requests for approval, and the audit log, which records this act under a pseudonym. Leave the
        name out of the reason below. It takes ClickHouse some seconds, with much data minutes.
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
