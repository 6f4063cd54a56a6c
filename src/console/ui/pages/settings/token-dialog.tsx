// Makes an API token, and shows it: once.

import { Alert, Button, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ROLES, type Role, reaches } from '../../../../account.ts';
import type { TokenItem } from '../../../api/shapes.ts';
import { faultText } from '../../api/change-policy.ts';
import { callApi } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { ROLE_WORDS } from './role-words.ts';

type Made = TokenItem & { token: string };

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<number | string>(90);
  const [asked, setAsked] = useState(false);
  const { user } = useSession();
  const make = useMutation({
    mutationFn: () => callApi<Made>('/tokens', { method: 'POST', body: { name: name.trim(), role, days: Number(days) } }),
  });
  const wrongDays = !Number.isInteger(Number(days)) || Number(days) < 1 || Number(days) > 365;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '' && !wrongDays) make.mutate();
  }

  if (make.data) return <Shown made={make.data} onClose={onClose} />;
  return (
    <Dialog title="New API token" onClose={onClose} size="md" busy={make.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="What it is for, so that you know later whether it is still needed."
            data-autofocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={asked && name.trim() === '' ? 'Give it a name.' : undefined}
          />
          <Select
            label="Role"
            description={ROLE_WORDS[role]}
            data={ROLES.filter((each) => reaches(user.role, each))}
            value={role}
            onChange={(value) => value && setRole(value as Role)}
            allowDeselect={false}
          />
          <NumberInput
            label="Days that it can be used"
            min={1}
            max={365}
            allowDecimal={false}
            value={days}
            onChange={setDays}
            error={asked && wrongDays ? 'From 1 to 365.' : undefined}
          />
          {make.error && (
            <Alert color="red" variant="light" role="alert">
              <Untrusted text={faultText(make.error)} />
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Shown({ made: { token, expires }, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Dialog title="Your new token" onClose={onClose} busy>
      <Stack gap="sm">
        <Text size="sm">
          Copy it now: it is not shown again. It ends <Time at={expires} form="full" />.
        </Text>
        <CodeBlock text={token} label="API token" />
        <Text size="sm">Programs send it with each request:</Text>
        <CodeBlock text={`curl -H 'Authorization: Bearer ${token}' ${location.origin}/api/overview`} label="How to use it" />
        <Group justify="flex-end">
          <Button onClick={onClose}>I have it</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
