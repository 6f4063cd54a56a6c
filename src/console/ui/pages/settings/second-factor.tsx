// The second factor: six digits of an authenticator app. The secret is shown as text and as a link that such apps open; it counts once a
// code of it was right.

import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { faultText } from '../../api/change-policy.ts';
import { callApi } from '../../api/client.ts';
import { SESSION_KEY, useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Fault } from '../../parts/fault.tsx';
import { ToneBadge } from '../../parts/level-badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { grouped } from './grouped.ts';

interface Offer {
  secret: string;
  /** otpauth: */
  url: string;
}

export function SecondFactor() {
  const { user } = useSession();
  const [removes, setRemoves] = useState(false);
  const client = useQueryClient();
  const offer = useMutation({ mutationFn: () => callApi<Offer>('/session/totp', { method: 'POST', body: {} }) });
  const refresh = () => client.invalidateQueries({ queryKey: SESSION_KEY });

  return (
    <Panel
      title="Second factor"
      about="Six digits of an authenticator app, asked for after the password."
      actions={<ToneBadge tone={user.totp ? 'good' : 'warn'}>{user.totp ? 'on' : 'off'}</ToneBadge>}
    >
      <Stack gap="sm">
        <Fault error={offer.error} />
        {offer.data ? (
          <Confirm
            offer={offer.data}
            onCancel={() => offer.reset()}
            onDone={() => {
              offer.reset();
              notifications.show({ message: 'The second factor is on.', color: 'green' });
              void refresh();
            }}
          />
        ) : (
          <Group gap="xs">
            {user.totp ? (
              <Button size="xs" variant="subtle" color="red" onClick={() => setRemoves(true)}>
                Turn it off …
              </Button>
            ) : (
              <Button size="xs" variant="default" loading={offer.isPending} onClick={() => offer.mutate()}>
                Turn it on
              </Button>
            )}
          </Group>
        )}
      </Stack>
      {removes && <TurnOff onClose={() => setRemoves(false)} onDone={refresh} />}
    </Panel>
  );
}

function TurnOff({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const [password, setPassword] = useState('');
  return (
    <ConfirmDialog
      title="Turn off the second factor"
      act="Turn it off"
      grave
      comment=""
      ready={password !== ''}
      onClose={onClose}
      onConfirm={async () => {
        await callApi('/session/totp', { method: 'DELETE', body: { password } });
        await onDone();
      }}
    >
      <Text size="sm">
        From then on the password alone signs you in. To move to another app, turn it off here, then on again.
      </Text>
      <PasswordInput
        label="Your password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}

function Confirm({ offer, onCancel, onDone }: { offer: Offer; onCancel: () => void; onDone: () => void }) {
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => callApi('/session/totp', { method: 'POST', body: { code } }),
    onSuccess: onDone,
  });
  const ready = /^\d{6}$/.test(code.replace(/\s/g, ''));
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (ready) confirm.mutate();
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          1. Add this secret to your authenticator app by hand, or open the link on the device that has the app. Nobody shows it
          again.
        </Text>
        <Group gap="xs">
          <code style={{ fontSize: 15, overflowWrap: 'anywhere' }}>{grouped(offer.secret)}</code>
          <CopyButton text={offer.secret} label="Copy the secret" />
          <CopyButton text={offer.url} label="Copy the link" />
          {offer.url.startsWith('otpauth:') && (
            <Button component="a" href={offer.url} size="xs" variant="default">
              Open the app
            </Button>
          )}
        </Group>
        <TextInput
          label="2. Enter the six digits that the app shows now"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          w={260}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={confirm.error ? faultText(confirm.error) : undefined}
        />
        <Group gap="xs">
          <Button type="submit" size="xs" loading={confirm.isPending} disabled={!ready}>
            Confirm
          </Button>
          <Button size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
