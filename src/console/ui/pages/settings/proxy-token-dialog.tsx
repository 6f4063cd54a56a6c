// Makes a proxy token, and shows it with what a program needs: once.

import { Alert, Button, Group, NumberInput, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ProxyTokenItem } from '../../../api/shapes.ts';
import { faultText } from '../../api/change-policy.ts';
import { callApi } from '../../api/client.ts';
import { useMay, useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { proxyUrlWith } from './proxy-url.ts';

type Made = ProxyTokenItem & { token: string; proxyUrl: string };

export function ProxyTokenDialog({ onClose }: { onClose: () => void }) {
  const { user: self } = useSession();
  const isAdmin = useMay('admin');
  const [name, setName] = useState('');
  const [user, setUser] = useState(self.name);
  const [groups, setGroups] = useState<string[]>([]);
  const [days, setDays] = useState<number | string>(90);
  const [asked, setAsked] = useState(false);
  const make = useMutation({
    mutationFn: () => {
      const wish = { name: name.trim(), days: Number(days) };
      return callApi<Made>('/proxy-tokens', { method: 'POST', body: isAdmin ? { ...wish, user: user.trim(), groups } : wish });
    },
  });
  const wrongDays = !Number.isInteger(Number(days)) || Number(days) < 1 || Number(days) > 365;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setAsked(true);
    if (name.trim() !== '' && user.trim() !== '' && !wrongDays) make.mutate();
  }

  if (make.data) return <Shown made={make.data} onClose={onClose} />;
  return (
    <Dialog title="New proxy token" onClose={onClose} size="md" busy={make.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label="What it is for"
            description="The device or program, so that you know later which one to revoke."
            data-autofocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={asked && name.trim() === '' ? 'Say what it is for.' : undefined}
          />
          {isAdmin && (
            <>
              <TextInput
                label="User"
                description="On whose behalf requests with it are made: yourself, somebody else, or a program."
                maxLength={256}
                value={user}
                onChange={(event) => setUser(event.currentTarget.value)}
                error={asked && user.trim() === '' ? 'Name the user.' : undefined}
              />
              <TagsInput
                label="Groups"
                description="Beside those that the user’s sign-in tells. Enter adds one."
                maxTags={50}
                value={groups}
                onChange={setGroups}
              />
            </>
          )}
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

function Shown({ made: { token, expires, user, proxyUrl }, onClose }: { made: Made; onClose: () => void }) {
  const url = proxyUrlWith(proxyUrl, location.hostname, user, token);
  return (
    <Dialog title="The new proxy token" onClose={onClose} busy>
      <Stack gap="sm">
        <Text size="sm">
          Copy it now: it is not shown again. It ends <Time at={expires} form="full" />.
        </Text>
        <CodeBlock text={token} label="Proxy token" />
        <Text size="sm">Most programs take it with the address of the proxy:</Text>
        <CodeBlock text={`export HTTPS_PROXY=${url}\nexport HTTP_PROXY=${url}`} label="Environment of a program" />
        <Text size="sm" c="dimmed">
          Programs that ask for name and password of the proxy take any name, and the token as the password.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose}>I have it</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
