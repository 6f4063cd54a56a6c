// The page of an invitation: name and password for an account that does not exist yet, or a new password. The token stands behind # in
// the address, which browsers send to nobody, and leaves the address when it was used.

import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Session } from '../../api/shapes.ts';
import { faultText } from '../api/change-policy.ts';
import { callApi } from '../api/client.ts';
import { useEnterSession } from '../api/session.ts';

const SHORTEST = 12;

/** @param link what stands behind # in the address: `token`, and `name` when an account gets a new password */
export function AcceptInvite({ link }: { link: URLSearchParams }) {
  const token = link.get('token') ?? '';
  const known = link.get('name') ?? '';
  const [name, setName] = useState(known);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [asked, setAsked] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const enter = useEnterSession();
  const short = password.length < SHORTEST;
  const different = password !== again;

  async function accept(event: FormEvent): Promise<void> {
    event.preventDefault();
    setAsked(true);
    if (short || different) return;
    setBusy(true);
    setFault(undefined);
    try {
      const session = await callApi<Session>('/invite', { method: 'POST', body: { token, name: name.trim(), password } });
      history.replaceState(null, '', '/');
      enter(session);
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  }

  if (token === '')
    return (
      <Alert color="red" variant="light">
        This link is not complete. Open it as it was given to you, up to its last character.
      </Alert>
    );
  return (
    <form onSubmit={(event) => void accept(event)} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {known === ''
            ? 'This link works once. Choose how you sign in from now on.'
            : 'This link works once. Choose a new password.'}
        </Text>
        <TextInput
          label="Name"
          autoComplete="username"
          autoFocus={known === ''}
          readOnly={known !== ''}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          description={`At least ${SHORTEST} characters; a few words are better than a riddle.`}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={asked && short ? `It has ${password.length} characters; it needs ${SHORTEST}.` : undefined}
        />
        <PasswordInput
          label="Password again"
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={asked && different ? 'The two are different.' : undefined}
        />
        {fault !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {faultText(fault)}
          </Alert>
        )}
        <Button type="submit" loading={busy} fullWidth mt="xs">
          Continue
        </Button>
      </Stack>
    </form>
  );
}
