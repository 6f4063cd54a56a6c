// What can be done to the findings that are selected: acknowledge, resolve, assign. What failed stays selected, and is told.

import { Button, Group, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { FindingsChange, FindingsResult } from '../../../api/shapes.ts';
import { faultText } from '../../api/change-policy.ts';
import { callApi } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { counted, plain } from '../../text/format.ts';

interface BulkBarProps {
  ids: readonly string[];
  onChange: (ids: ReadonlySet<string>) => void;
}

/** As many as one call takes. */
const MOST = 500;

export function BulkBar({ ids, onChange }: BulkBarProps) {
  const client = useQueryClient();
  const { user } = useSession();
  const [assignee, setAssignee] = useState('');
  const { mutate, isPending } = useMutation({
    mutationFn: (change: Omit<FindingsChange, 'ids'>) => changeAll(ids, change),
    onSuccess: ({ done, failed }) => {
      onChange(new Set(failed.map(({ id }) => id)));
      if (failed.length === 0) {
        notifications.show({ message: `${counted(done.length, 'finding', 'findings')} changed`, color: 'green' });
        return;
      }
      const [first] = failed;
      const message = `${plain(done.length)} changed, ${plain(failed.length)} not; these stay selected. The first: ${first?.message}`;
      notifications.show({ message, color: 'red', autoClose: false });
    },
    onError: (error) => notifications.show({ message: faultText(error), color: 'red', autoClose: false }),
    onSettled: () => client.invalidateQueries({ queryKey: ['/findings'] }),
  });

  function assign(event: FormEvent): void {
    event.preventDefault();
    if (assignee.trim() !== '') mutate({ assignee: assignee.trim() });
  }

  return (
    <Group gap="xs" mb="sm" role="group" aria-label="Selected findings">
      <Text size="sm" fw={600} role="status">
        {plain(ids.length)} selected
      </Text>
      <Button size="xs" variant="default" disabled={isPending} onClick={() => mutate({ state: 'acknowledged' })}>
        Acknowledge
      </Button>
      <Button size="xs" variant="default" disabled={isPending} onClick={() => mutate({ state: 'resolved' })}>
        Resolve
      </Button>
      <Button size="xs" variant="default" disabled={isPending} onClick={() => mutate({ assignee: user.name })}>
        Assign to me
      </Button>
      <form onSubmit={assign}>
        <Group gap={4} wrap="nowrap">
          <TextInput
            size="xs"
            w={150}
            aria-label="Assign to"
            placeholder="Assign to"
            maxLength={200}
            value={assignee}
            onChange={(event) => setAssignee(event.currentTarget.value)}
          />
          <Button size="xs" variant="default" type="submit" disabled={isPending || assignee.trim() === ''}>
            Assign
          </Button>
        </Group>
      </form>
      <Button size="xs" variant="subtle" onClick={() => onChange(new Set())}>
        Select none
      </Button>
    </Group>
  );
}

/** One call after the other, as many findings in each as it takes. */
async function changeAll(ids: readonly string[], change: Omit<FindingsChange, 'ids'>): Promise<FindingsResult> {
  const all: FindingsResult = { done: [], failed: [] };
  for (let at = 0; at < ids.length; at += MOST) {
    const body: FindingsChange = { ids: ids.slice(at, at + MOST), ...change };
    const { done, failed } = await callApi<FindingsResult>('/findings/bulk', { method: 'POST', body });
    all.done.push(...done);
    all.failed.push(...failed);
  }
  return all;
}
