// For people who have not signed in: by name and password, by the company's sign-in, or by an invitation's link.

import { Alert, Anchor, Button, Divider, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import type { Session } from '../../api/shapes.ts';
import { faultText } from '../api/change-policy.ts';
import { ApiError, callApi } from '../api/client.ts';
import { useEnterSession } from '../api/session.ts';
import { SunMark } from '../shell/sun-mark.tsx';
import { AcceptInvite } from './accept-invite.tsx';
import classes from './sign-in.module.css';

interface SignInProps {
  oidc: boolean;
  needsSetup: boolean;
  /** Somebody was signed in a moment ago. */
  ended: boolean;
}

/** How an attempt by the company's sign-in ended. */
const OUTCOMES: Readonly<Record<string, string>> = {
  failed: 'The company sign-in did not work. Try again; the log of the appliance says why.',
  refused: 'The company sign-in knows you, but no group of yours may use Daylight. Ask an administrator.',
};

export function SignIn({ oidc, needsSetup, ended }: SignInProps) {
  useDocumentTitle('Sign in · Daylight');
  const invited = location.pathname === '/invite';
  const problem = OUTCOMES[new URLSearchParams(location.search).get('signin') ?? ''];
  return (
    <main className={classes.place}>
      <Paper withBorder className={classes.card}>
        <div className={classes.brand}>
          <SunMark size={30} />
          <Title order={1} size="h3">
            {invited ? 'Welcome to Daylight' : 'Sign in to Daylight'}
          </Title>
        </div>
        {invited ? (
          <AcceptInvite link={new URLSearchParams(location.hash.slice(1))} />
        ) : (
          <Stack>
            {ended && (
              <Alert color="sun" variant="light">
                Your session has ended. Sign in to go on where you were.
              </Alert>
            )}
            {problem && (
              <Alert color="red" variant="light" role="alert">
                {problem}
              </Alert>
            )}
            {needsSetup && (
              <Alert color="sun" variant="light" title="Nobody has an account yet">
                Daylight wrote a link for the first administrator on its terminal when it started. For a new one:{' '}
                <code>bin/daylight admin invite</code>
              </Alert>
            )}
            {oidc && (
              <>
                <Button component="a" href="/api/oidc/start" fullWidth>
                  Sign in with your company account
                </Button>
                <Divider label="or" />
              </>
            )}
            <PasswordForm second={oidc} />
          </Stack>
        )}
      </Paper>
      <Text size="xs" c="dimmed" ta="center" mt="md">
        Everything you look at and change is recorded in the audit log.{' '}
        {invited && (
          <Anchor inherit underline="always" href="/">
            Sign in instead
          </Anchor>
        )}
      </Text>
    </main>
  );
}

/** The second factor is asked for once the API says that the account has one. */
function PasswordForm({ second }: { second: boolean }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const enter = useEnterSession();

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      const code = totp.replace(/\s/g, '');
      enter(
        await callApi<Session>('/session', {
          method: 'POST',
          body: { name: name.trim(), password, ...(code ? { totp: code } : {}) },
        }),
      );
    } catch (error) {
      const wantsCode = error instanceof ApiError && (error.field === 'totp' || error.code.includes('totp'));
      if (!wantsCode || asksCode) setFault(error);
      if (wantsCode) setAsksCode(true);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void signIn(event)}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          autoComplete="username"
          autoFocus={!second}
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asksCode && (
          <TextInput
            label="Code from your authenticator"
            autoComplete="one-time-code"
            inputMode="numeric"
            autoFocus
            value={totp}
            onChange={(event) => setTotp(event.currentTarget.value)}
          />
        )}
        {fault !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {faultText(fault)}
          </Alert>
        )}
        <Button type="submit" loading={busy} variant={second ? 'default' : 'filled'} fullWidth mt="xs">
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
