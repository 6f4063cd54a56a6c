// Tokens of one kind: one's own, and for administrators those of others. Here one is made, and one is ended.

import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, useState } from 'react';
import { callApi } from '../../api/client.ts';
import { useList } from '../../api/read.ts';
import { useMay } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';

interface Token {
  id: string;
  name: string;
  created: number;
  expires: number;
  lastUsed: number;
}

interface TokenPanelProps<Kind extends Token> {
  title: string;
  about: string;
  /** Where the API lists them, makes one and ends one. */
  path: string;
  /** Said when there is none. */
  none: ReactNode;
  /** Heading of the column of names. */
  named: string;
  /** Whose tokens these are; a column where those of everybody are shown. */
  holder: { key: string; title: string; of(token: Kind): string };
  /** What a token of this kind can do. */
  grant: Column<Kind>;
  /** The word for ending one, and what happens then. */
  end: { word: string; effect(token: Kind): ReactNode };
  NewToken: ComponentType<{ onClose: () => void }>;
}

export function TokenPanel<Kind extends Token>(props: TokenPanelProps<Kind>) {
  const { title, about, path, none, end, NewToken } = props;
  const [all, setAll] = useParam('all');
  const [makes, setMakes] = useState(false);
  const [ends, setEnds] = useState<Kind>();
  const isAdmin = useMay('admin');
  const client = useQueryClient();
  const everybody = isAdmin && all === '1';
  const tokens = useList<Kind>(path, { all: everybody, limit: undefined }, { ranged: false });
  const refresh = () => client.invalidateQueries({ queryKey: [path] });
  return (
    <Panel
      title={title}
      about={about}
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
            label={title}
            columns={columnsOf(props, everybody, setEnds)}
            rows={tokens.items}
            rowKey={({ id }) => id}
            empty={tokens.isPending ? <Loading /> : none}
          />
        )}
      </Stack>
      {makes && (
        <NewToken
          onClose={() => {
            setMakes(false);
            void refresh();
          }}
        />
      )}
      {ends && (
        <ConfirmDialog
          title={`${end.word} the token`}
          act={`${end.word} it`}
          grave
          comment=""
          onClose={() => setEnds(undefined)}
          onConfirm={async () => {
            await callApi(`${path}/${encodeURIComponent(ends.id)}`, { method: 'DELETE' });
            await refresh();
          }}
        >
          <Text size="sm">{end.effect(ends)} This cannot be undone.</Text>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function columnsOf<Kind extends Token>(
  { named, holder, grant, end }: TokenPanelProps<Kind>,
  everybody: boolean,
  onEnd: (token: Kind) => void,
): Column<Kind>[] {
  const whose: Column<Kind> = {
    key: holder.key,
    title: holder.title,
    width: 180,
    render: (token) => <Untrusted text={holder.of(token)} cut />,
    compare: (one, other) => holder.of(other).localeCompare(holder.of(one)),
  };
  return [
    { key: 'name', title: named, render: ({ name }) => <Untrusted text={name} cut /> },
    ...(everybody ? [whose] : []),
    grant,
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
      width: 100,
      align: 'right',
      render: (token) => (
        <Group justify="flex-end">
          <Button size="compact-xs" variant="default" onClick={() => onEnd(token)} aria-label={`${end.word} ${token.name}`}>
            {end.word} …
          </Button>
        </Group>
      ),
    },
  ];
}
