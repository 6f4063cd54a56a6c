// API tokens: one's own, and for administrators those of others. A token is shown once.

import { Badge, Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TokenItem } from '../../../api/shapes.ts';
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
import { TokenDialog } from './token-dialog.tsx';

export function TokensView() {
  const [all, setAll] = useParam('all');
  const [makes, setMakes] = useState(false);
  const [removes, setRemoves] = useState<TokenItem>();
  const isAdmin = useMay('admin');
  const client = useQueryClient();
  const everybody = isAdmin && all === '1';
  const tokens = useList<TokenItem>('/tokens', { all: everybody, limit: undefined }, { ranged: false });
  const refresh = () => client.invalidateQueries({ queryKey: ['/tokens'] });
  return (
    <Panel
      title="API tokens"
      about="For programs that read or change something by the API. A token can do what its role can, until it ends."
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
            label="API tokens"
            columns={columnsOf(everybody, setRemoves)}
            rows={tokens.items}
            rowKey={({ id }) => id}
            empty={
              tokens.isPending ? (
                <Loading />
              ) : (
                <EmptyState title="There is no token">
                  Programs send one as <code>Authorization: Bearer …</code>. What they can ask is described at{' '}
                  <a href="/docs">/docs</a>.
                </EmptyState>
              )
            }
          />
        )}
      </Stack>
      {makes && (
        <TokenDialog
          onClose={() => {
            setMakes(false);
            void refresh();
          }}
        />
      )}
      {removes && (
        <ConfirmDialog
          title="End the token"
          act="End it"
          grave
          comment=""
          onClose={() => setRemoves(undefined)}
          onConfirm={async () => {
            await callApi(`/tokens/${encodeURIComponent(removes.id)}`, { method: 'DELETE' });
            await refresh();
          }}
        >
          <Text size="sm">
            Programs that use <Untrusted text={removes.name} /> of <Untrusted text={removes.owner} /> are refused from now on.
            This cannot be undone.
          </Text>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function columnsOf(withOwner: boolean, onRemove: (token: TokenItem) => void): Column<TokenItem>[] {
  const owner: Column<TokenItem> = {
    key: 'owner',
    title: 'Owner',
    width: 180,
    render: (token) => <Untrusted text={token.owner} cut />,
    compare: (one, other) => other.owner.localeCompare(one.owner),
  };
  return [
    { key: 'name', title: 'Name', render: ({ name }) => <Untrusted text={name} cut /> },
    ...(withOwner ? [owner] : []),
    { key: 'role', title: 'Role', width: 110, render: ({ role }) => <Badge variant="default">{role}</Badge> },
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
      key: 'end',
      title: 'Acts',
      width: 90,
      align: 'right',
      render: (token) => (
        <Group justify="flex-end">
          <Button size="compact-xs" variant="default" onClick={() => onRemove(token)} aria-label={`End ${token.name}`}>
            End …
          </Button>
        </Group>
      ),
    },
  ];
}
