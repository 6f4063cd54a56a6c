// What goes around inspection, as far as it can be seen.

import { Text } from '@mantine/core';
import type { Coverage } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { wayTitle } from './way-title.ts';

type Way = Coverage['evasion'][number];

export function AroundView({ evasion }: { evasion: readonly Way[] }) {
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        Hints, not proof: servers offer HTTP/3 as a matter of course, and browsers send random bytes in place of an encrypted
        ClientHello, which look the same as a real one. Both matter only where connections are not decrypted or UDP is let out.
      </Text>
      <DataTable
        label="Ways around inspection"
        columns={COLUMNS}
        rows={evasion}
        rowKey={({ way, host }) => `${way} ${host}`}
        empty={
          <EmptyState title="Nothing was seen that goes around inspection">
            Tunnel services, what is not HTTP inside a tunnel, offers of HTTP/3 and encrypted ClientHellos are listed here.
          </EmptyState>
        }
      />
    </>
  );
}

const COLUMNS: readonly Column<Way>[] = [
  {
    key: 'way',
    title: 'What',
    width: 230,
    render: ({ way }) => <Untrusted text={wayTitle(way)} />,
    compare: (one, other) => other.way.localeCompare(one.way),
  },
  { key: 'host', title: 'Host', render: ({ host }) => <Untrusted text={host} mono cut /> },
  {
    key: 'programs',
    title: 'Programs',
    width: 200,
    render: ({ applications }) => <Untrusted text={applications.join(', ')} cut />,
  },
  { key: 'who', title: 'Who', width: 170, render: ({ users }) => <Untrusted text={users.join(', ')} cut /> },
  countColumn('n', 'Times', 84, ({ n }) => n),
  {
    key: 'last',
    title: 'Last seen',
    width: 124,
    render: ({ lastSeen }) => <Time at={lastSeen} form="ago" />,
    compare: (one, other) => one.lastSeen - other.lastSeen,
  },
];
