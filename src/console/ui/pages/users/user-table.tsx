// The people of the span, last seen first.

import { Button } from '@mantine/core';
import type { Person } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useFilter, useSetParams } from '../../state/use-url.ts';

export function UserTable() {
  const people = useList<Person>('/people', {}, { filtered: true });
  const setParams = useSetParams();
  if (people.error) return <ErrorState error={people.error} retry={people.refetch} />;
  return (
    <DataTable
      label="Users, last seen first"
      columns={COLUMNS}
      rows={people.items}
      rowKey={({ user }) => user}
      onOpen={({ user }) => setParams({ open: user, sort: '', view: '' })}
      more={people}
      empty={people.isPending ? <Loading /> : <Nobody />}
    />
  );
}

function Nobody() {
  const [filter, setFilter] = useFilter();
  if (filter !== '')
    return (
      <EmptyState title="Nobody fits this filter">
        <p>In the time that is chosen at the top.</p>
        <Button size="xs" variant="default" onClick={() => setFilter('')}>
          Without the filter
        </Button>
      </EmptyState>
    );
  return (
    <EmptyState title="Nobody used MCP in this span">
      People have names here once Daylight knows them: by proxy sign-in, by device certificates, or by the networks in{' '}
      <code>daylight.yaml</code>. Until then they go by address.
    </EmptyState>
  );
}

const COLUMNS: readonly Column<Person>[] = [
  {
    key: 'user',
    title: 'User',
    render: ({ user }) => <Untrusted text={user} cut />,
    compare: (one, other) => other.user.localeCompare(one.user),
  },
  { key: 'groups', title: 'Groups', width: 210, render: ({ groups }) => <Untrusted text={groups.join(', ')} cut /> },
  countColumn('n', 'Requests', 92, ({ n }) => n, '–'),
  countColumn('servers', 'Servers', 84, ({ servers }) => servers, '–'),
  countColumn('shadow', 'Shadow servers', 128, ({ shadow }) => shadow, '–'),
  countColumn('blocked', 'Blocked', 86, ({ blocked }) => blocked, '–'),
  countColumn('dlp', 'DLP findings', 106, ({ dlp }) => dlp, '–'),
  {
    key: 'last',
    title: 'Last seen',
    width: 124,
    render: ({ lastSeen }) => <Time at={lastSeen} form="ago" />,
    compare: (one, other) => one.lastSeen - other.lastSeen,
  },
];
