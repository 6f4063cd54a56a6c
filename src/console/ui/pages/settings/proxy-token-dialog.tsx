// Makes a proxy token, for oneself or (administrators) for somebody else, and shows it with what a program needs.

import { TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ProxyTokenItem } from '../../../api/shapes.ts';
import { useMay, useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { proxyUrlWith } from './proxy-url.ts';

type Made = ProxyTokenItem & { token: string; proxyUrl: string };

export function ProxyTokenDialog({ onClose }: { onClose: () => void }) {
  const { user: self } = useSession();
  const isAdmin = useMay('admin');
  const [user, setUser] = useState(self.name);
  const [groups, setGroups] = useState<string[]>([]);
  return (
    <NewTokenDialog<Made>
      title="New proxy token"
      path="/proxy-tokens"
      name={{
        label: 'What it is for',
        description: 'The device or program, so that you know later which one to revoke.',
        missing: 'Say what it is for.',
      }}
      fields={(asked) =>
        isAdmin && (
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
        )
      }
      wish={isAdmin ? { user: user.trim(), groups } : {}}
      ready={user.trim() !== ''}
      shown={{ title: 'The new proxy token', label: 'Proxy token', use: (made) => <ProxySettings made={made} /> }}
      onClose={onClose}
    />
  );
}

function ProxySettings({ made: { token, user, proxyUrl } }: { made: Made }) {
  const url = proxyUrlWith(proxyUrl, location.hostname, user, token);
  return (
    <>
      <Text size="sm">Most programs take it with the address of the proxy:</Text>
      <CodeBlock text={`export HTTPS_PROXY=${url}\nexport HTTP_PROXY=${url}`} label="Environment of a program" />
      <Text size="sm" c="dimmed">
        Programs that ask for name and password of the proxy take any name, and the token as the password.
      </Text>
    </>
  );
}
