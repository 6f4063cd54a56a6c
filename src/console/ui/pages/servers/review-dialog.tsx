// Who looks after a server, and how far people are with it. A note, no policy: it changes no verdict.

import { SegmentedControl, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReviewChange, ServerDetails } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';

export function ReviewDialog({ server, onClose }: { server: ServerDetails; onClose: () => void }) {
  const { serverKey, approval } = server;
  const [state, setState] = useState<ReviewChange['state']>(server.state === 'in-review' ? 'in-review' : 'new');
  const [owner, setOwner] = useState(server.owner);
  const [note, setNote] = useState(server.note);
  const client = useQueryClient();
  const isDecided = server.state === 'approved' || server.state === 'blocked';

  async function save(): Promise<void> {
    const body: ReviewChange = { serverKey, state, owner: owner.trim(), note: note.trim() };
    await callApi('/servers/review', { method: 'POST', body });
    notifications.show({ message: 'Noted.', color: 'green' });
    await client.invalidateQueries();
  }

  return (
    <ConfirmDialog title="Note about the server" act="Save" comment="" onClose={onClose} onConfirm={save}>
      {isDecided ? (
        <Text size="sm">
          The server is {server.state} by policy. How far the review is shows again once that ends
          {approval?.owner ? '; the owner comes from the approval' : ''}.
        </Text>
      ) : (
        <SegmentedControl
          aria-label="State"
          w="fit-content"
          data={[
            { value: 'new', label: 'New' },
            { value: 'in-review', label: 'In review' },
          ]}
          value={state}
          onChange={(value) => setState(value as ReviewChange['state'])}
        />
      )}
      <TextInput
        label="Owner"
        description="Who looks after it: a team or a person."
        maxLength={200}
        value={owner}
        onChange={(event) => setOwner(event.currentTarget.value)}
      />
      <Textarea
        label="Note"
        autosize
        minRows={3}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
