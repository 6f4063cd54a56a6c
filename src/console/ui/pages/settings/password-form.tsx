// Changing one's own password. All other sessions end.

import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { passwordProblem } from '../../../../account.ts';
import type { Session } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { useEnterSession, useSession } from '../../api/session.ts';
import { Fault } from '../../parts/fault.tsx';
import { Panel } from '../../parts/panel.tsx';

export function PasswordForm() {
  const { user } = useSession();
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const [asked, setAsked] = useState(false);
  const enter = useEnterSession();
  const change = useMutation({
    mutationFn: () => callApi<Session>('/session/password', { method: 'POST', body: { old, new: wanted } }),
    onSuccess: (session) => {
      enter(session);
      for (const clear of [setOld, setWanted, setAgain]) clear('');
      setAsked(false);
      notifications.show({ message: 'The password is changed. Other sessions of yours have ended.', color: 'green' });
    },
  });
  const wrong = passwordProblem(wanted);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setAsked(true);
    if (old !== '' && wrong === undefined && wanted === again) change.mutate();
  }

  return (
    <Panel title="Password" about="Your other sessions end when it changes.">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {/* For password managers: whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
            error={asked && old === '' ? 'Enter the password that you sign in with now.' : undefined}
          />
          <PasswordInput
            label="New password"
            description="At least 12 characters; a few words are better than a riddle."
            autoComplete="new-password"
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            error={asked ? wrong : undefined}
          />
          <PasswordInput
            label="New password again"
            autoComplete="new-password"
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            error={asked && wanted !== again ? 'The two are different.' : undefined}
          />
          <Fault error={change.error} />
          <Group>
            <Button type="submit" size="xs" loading={change.isPending}>
              Change the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
