// Invites somebody by a link that works once, and shows such links.

import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ROLES, type Role } from '../../../../account.ts';
import { callApi } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Time } from '../../parts/time.tsx';
import { ROLE_WORDS } from './role-words.ts';

export interface OneTimeLink {
  url: string;
  expires: number;
}

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('viewer');
  const invite = useMutation({
    mutationFn: () => callApi<OneTimeLink>('/accounts/invite', { method: 'POST', body: { role } }),
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    invite.mutate();
  }
  if (invite.data) return <LinkDialog title="Invitation" link={invite.data} onClose={onClose} />;
  return (
    <Dialog title="Invite somebody" onClose={onClose} size="md" busy={invite.isPending}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Select
            label="Role"
            description={ROLE_WORDS[role]}
            data={ROLES}
            value={role}
            onChange={(value) => value && setRole(value as Role)}
            allowDeselect={false}
          />
          <Text size="sm" c="dimmed">
            You get a link that works once. Whoever opens it chooses a name and a password.
          </Text>
          <Fault error={invite.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make a link
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

export function LinkDialog({ title, link, onClose }: { title: string; link: OneTimeLink; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} busy>
      <Stack gap="sm">
        <Text size="sm">
          Give this link to the person, and to nobody else. It works once, until <Time at={link.expires} form="full" />, and is
          not shown again.
        </Text>
        <CodeBlock text={link.url} label="Link" />
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
