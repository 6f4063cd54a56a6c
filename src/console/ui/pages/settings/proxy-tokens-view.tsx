// Proxy tokens: one's own, and for administrators those of others. A token is shown once.

import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ProxyTokenItem } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { useList } from '../../api/read.ts';
import { useMay } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';
import { ProxyTokenDialog } from './proxy-token-dialog.tsx';

export function ProxyTokensView() {
  const [all, setAll] = useParam('all');
  const [makes, setMakes] = useState(false);
  const [revokes, setRevokes] = useState<ProxyTokenItem>();
  const isAdmin = useMay('admin');
  const client = useQueryClient();
  const everybody = isAdmin && all === '1';
  const tokens = useList<ProxyTokenItem>('/proxy-tokens', { all: everybody, limit: undefined }, { ranged: false });
  const refresh = () => client.invalidateQueries({ queryKey: ['/proxy-tokens'] });
  return (
    <Panel
      title="Proxy tokens"
      about="With one, a program says on whose behalf it uses the proxy. One for each device is easiest to revoke."
      actions={
        <Button size="xs" onClick={() => setMakes(true)}>
          New token …
        </Button>
      }
    >
      <Stack gap="sm">
        {isAdmin && (
          <Switch
            size="xs"
            label="Those of everybody"
            checked={everybody}
            onChange={(event) => setAll(event.currentTarget.checked ? '1' : '')}
          />
        )}
        {tokens.error ? (
          <ErrorState error={tokens.error} retry={tokens.refetch} />
        ) : (
          <DataTable
            label="Proxy tokens"
            columns={columnsOf(everybody, setRevokes)}
            rows={tokens.items}
            rowKey={({ id }) => id}
            empty={
              tokens.isPending ? (
                <Loading />
              ) : (
                <EmptyState title="There is no proxy token">
                  Requests of a program without one are those of an unknown user, unless its certificate, its address or a proxy
                  in front says who it is. Make a token, and give it to the program as the password of the proxy.
                </EmptyState>
              )
            }
          />
        )}
      </Stack>
      {makes && (
        <ProxyTokenDialog
          onClose={() => {
            setMakes(false);
            void refresh();
          }}
        />
      )}
      {revokes && (
        <ConfirmDialog
          title="Revoke the token"
          act="Revoke it"
          grave
          comment=""
          onClose={() => setRevokes(undefined)}
          onConfirm={async () => {
            await callApi(`/proxy-tokens/${encodeURIComponent(revokes.id)}`, { method: 'DELETE' });
            await refresh();
          }}
        >
          <Text size="sm">
            Within a second, programs that use <Untrusted text={revokes.name} /> of <Untrusted text={revokes.user} /> are asked
            for another one. This cannot be undone.
          </Text>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function columnsOf(withUser: boolean, onRevoke: (token: ProxyTokenItem) => void): Column<ProxyTokenItem>[] {
  const user: Column<ProxyTokenItem> = {
    key: 'user',
    title: 'User',
    width: 180,
    render: (token) => <Untrusted text={token.user} cut />,
    compare: (one, other) => other.user.localeCompare(one.user),
  };
  return [
    { key: 'name', title: 'For', render: ({ name }) => <Untrusted text={name} cut /> },
    ...(withUser ? [user] : []),
    {
      key: 'groups',
      title: 'Groups',
      render: ({ groups }) => <Untrusted text={groups.length > 0 ? groups.join(', ') : '–'} cut />,
    },
    { key: 'created', title: 'Made', width: 130, render: ({ created }) => <Time at={created} form="date" /> },
    {
      key: 'expires',
      title: 'Ends',
      width: 130,
      render: ({ expires }) => <Time at={expires} form="ago" />,
      compare: (one, other) => one.expires - other.expires,
    },
    {
      key: 'used',
      title: 'Last used',
      width: 130,
      render: ({ lastUsed }) => <Time at={lastUsed} form="ago" />,
      compare: (one, other) => one.lastUsed - other.lastUsed,
    },
    {
      key: 'revoke',
      title: 'Acts',
      width: 100,
      align: 'right',
      render: (token) => (
        <Group justify="flex-end">
          <Button size="compact-xs" variant="default" onClick={() => onRevoke(token)} aria-label={`Revoke ${token.name}`}>
            Revoke …
          </Button>
        </Group>
      ),
    },
  ];
}
