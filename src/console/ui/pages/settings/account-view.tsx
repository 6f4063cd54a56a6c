// One's own account: password, second factor, and ending all sessions.

import { Button, Grid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { callApi } from '../../api/client.ts';
import { useEnterSession, useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { PasswordForm } from './password-form.tsx';
import { SecondFactor } from './second-factor.tsx';

export function AccountView() {
  const { user, idleMinutes } = useSession();
  const isLocal = user.provider === 'password';
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Stack gap="md">
          <Panel title="You">
            <Facts
              facts={[
                ['Name', user.name],
                ['Role', user.role],
                ['Signed in by', isLocal ? 'name and password' : 'the OpenID provider'],
                ['Session ends', `after ${idleMinutes} minutes without use`],
              ]}
            />
          </Panel>
          <Sessions />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        {isLocal ? (
          <Stack gap="md">
            <PasswordForm />
            <SecondFactor />
          </Stack>
        ) : (
          <Panel title="Password and second factor">
            <Text size="sm">Your organisation’s OpenID provider looks after them. Change them there.</Text>
          </Panel>
        )}
      </Grid.Col>
    </Grid>
  );
}

function Sessions() {
  const [asks, setAsks] = useState(false);
  const enter = useEnterSession();
  return (
    <Panel title="Sessions" about="If a device is lost, or you are not sure where you are signed in.">
      <Button size="xs" variant="default" onClick={() => setAsks(true)}>
        Sign out everywhere …
      </Button>
      {asks && (
        <ConfirmDialog
          title="Sign out everywhere"
          act="Sign out everywhere"
          comment=""
          onClose={() => setAsks(false)}
          onConfirm={async () => {
            await callApi('/session', { method: 'DELETE', query: { everywhere: true } });
            enter(undefined);
          }}
        >
          <Text size="sm">All sessions of your account end, this one too. API tokens go on working.</Text>
        </ConfirmDialog>
      )}
    </Panel>
  );
}
