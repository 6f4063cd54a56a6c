// Accounts, for administrators: who may sign in as what, invitations, and links for a new password.

import { Badge, Button, Group, Select, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ROLES, type Role } from '../../../../account.ts';
import type { AccountItem, Settings } from '../../../api/shapes.ts';
import { faultText } from '../../api/change-policy.ts';
import { callApi } from '../../api/client.ts';
import { useList, useRead } from '../../api/read.ts';
import { useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { InviteDialog, LinkDialog, type OneTimeLink } from './invite-dialog.tsx';

type Asked = { act: 'remove' | 'reset'; account: AccountItem };

const path = (name: string) => `/accounts/${encodeURIComponent(name)}`;

export function AccountsView() {
  const accounts = useList<AccountItem>('/accounts', { limit: undefined }, { ranged: false });
  const settings = useRead<Settings>('/settings', {}, { ranged: false, everySeconds: 0 });
  const [invites, setInvites] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const [link, setLink] = useState<OneTimeLink>();
  const { user } = useSession();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['/accounts'] });
  const change = useMutation({
    mutationFn: ({ name, role }: { name: string; role: Role }) => callApi(path(name), { method: 'PATCH', body: { role } }),
    onSuccess: (_answer, { name, role }) => notifications.show({ message: `${name} is ${role} now.`, color: 'green' }),
    onError: (error) => notifications.show({ message: faultText(error), color: 'red' }),
    onSettled: refresh,
  });
  const columns = columnsOf(user.name, change.isPending, (name, role) => change.mutate({ name, role }), setAsked);
  return (
    <Panel
      title="Accounts"
      about={
        settings.data?.signIn.oidc
          ? 'People of the OpenID provider come by themselves; their role follows their groups. Others come by invitation.'
          : 'People come by invitation. An OpenID provider can be set up in daylight.yaml.'
      }
      actions={
        <Button size="xs" onClick={() => setInvites(true)}>
          Invite somebody …
        </Button>
      }
    >
      {accounts.error ? (
        <ErrorState error={accounts.error} retry={accounts.refetch} />
      ) : (
        <DataTable
          label="Accounts"
          columns={columns}
          rows={accounts.items}
          rowKey={({ name }) => name}
          empty={accounts.isPending ? <Loading /> : undefined}
        />
      )}
      {invites && <InviteDialog onClose={() => setInvites(false)} />}
      {asked?.act === 'remove' && (
        <ConfirmDialog
          title={`Remove ${asked.account.name}`}
          act="Remove the account"
          grave
          comment=""
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await callApi(path(asked.account.name), { method: 'DELETE' });
            await refresh();
          }}
        >
          <Text size="sm">Sessions and API tokens of this account end at once. What it did stays in the audit log.</Text>
        </ConfirmDialog>
      )}
      {asked?.act === 'reset' && (
        <ConfirmDialog
          title={`New password for ${asked.account.name}`}
          act="Make a link"
          comment=""
          onClose={() => setAsked(undefined)}
          onConfirm={async () =>
            setLink(await callApi<OneTimeLink>(`${path(asked.account.name)}/reset`, { method: 'POST', body: {} }))
          }
        >
          <Text size="sm">
            You get a link that works once. Who opens it chooses a new password for this account; the second factor is not asked
            for again until it is set up anew.
          </Text>
        </ConfirmDialog>
      )}
      {link && <LinkDialog title="Link for a new password" link={link} onClose={() => setLink(undefined)} />}
    </Panel>
  );
}

function columnsOf(
  me: string,
  busy: boolean,
  onRole: (name: string, role: Role) => void,
  onAsk: (asked: Asked) => void,
): Column<AccountItem>[] {
  return [
    {
      key: 'name',
      title: 'Name',
      render: ({ name }) => (
        <Group gap={6} wrap="nowrap">
          <Untrusted text={name} cut />
          {name === me && <Badge variant="default">you</Badge>}
        </Group>
      ),
      compare: (one, other) => other.name.localeCompare(one.name),
    },
    {
      key: 'role',
      title: 'Role',
      width: 150,
      render: ({ name, role, provider }) =>
        provider === 'oidc' || name === me ? (
          <span title={name === me ? 'Somebody else has to change your role' : 'Follows the groups of the OpenID provider'}>
            {role}
          </span>
        ) : (
          <Select
            size="xs"
            aria-label={`Role of ${name}`}
            data={ROLES}
            value={role}
            disabled={busy}
            allowDeselect={false}
            onChange={(value) => value && value !== role && onRole(name, value as Role)}
          />
        ),
      compare: (one, other) => ROLES.indexOf(one.role) - ROLES.indexOf(other.role),
    },
    {
      key: 'provider',
      title: 'Signs in by',
      width: 140,
      render: ({ provider }) => (provider === 'oidc' ? 'OpenID' : 'password'),
    },
    {
      key: 'totp',
      title: 'Second factor',
      width: 120,
      render: ({ totp, provider }) => (provider === 'oidc' ? 'by the provider' : totp ? 'on' : 'off'),
    },
    { key: 'created', title: 'Made', width: 120, render: ({ created }) => <Time at={created} form="date" /> },
    {
      key: 'last',
      title: 'Last sign-in',
      width: 130,
      render: ({ lastSignIn }) => <Time at={lastSignIn} form="ago" />,
      compare: (one, other) => one.lastSignIn - other.lastSignIn,
    },
    {
      key: 'acts',
      title: 'Acts',
      width: 236,
      align: 'right',
      render: (account) =>
        account.name !== me && (
          <Group gap={6} justify="flex-end" wrap="nowrap">
            {account.provider === 'password' && (
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => onAsk({ act: 'reset', account })}
                aria-label={`New password for ${account.name}`}
              >
                New password …
              </Button>
            )}
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => onAsk({ act: 'remove', account })}
              aria-label={`Remove ${account.name}`}
            >
              Remove …
            </Button>
          </Group>
        ),
    },
  ];
}
