// Programs, people or hosts, each with how much of its traffic could be inspected.

import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

interface Figures {
  name: string;
  /** What else there is to say. */
  beside: string;
  covered: number;
  plain: number;
  refused: number;
  passthrough: number;
  opaque: number;
  lastSeen: number;
}

interface FiguresViewProps {
  label: string;
  title: string;
  besideTitle: string;
  rows: readonly Figures[];
}

export function FiguresView({ label, title, besideTitle, rows }: FiguresViewProps) {
  const columns: readonly Column<Figures>[] = [
    {
      key: 'name',
      title,
      render: ({ name }) => <Untrusted text={name} cut />,
      compare: (one, other) => other.name.localeCompare(one.name),
    },
    { key: 'beside', title: besideTitle, width: 220, render: ({ beside }) => <Untrusted text={beside} cut /> },
    countColumn('covered', 'Inspected', 96, ({ covered }) => covered, '–'),
    countColumn('plain', 'Without TLS', 104, ({ plain }) => plain, '–'),
    countColumn('refused', 'Refused', 88, ({ refused }) => refused, '–'),
    countColumn('passthrough', 'Passed through', 120, ({ passthrough }) => passthrough, '–'),
    countColumn('opaque', 'Not HTTP', 92, ({ opaque }) => opaque, '–'),
    {
      key: 'last',
      title: 'Last seen',
      width: 124,
      render: ({ lastSeen }) => <Time at={lastSeen} form="ago" />,
      compare: (one, other) => one.lastSeen - other.lastSeen,
    },
  ];
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={rows}
      rowKey={({ name, beside }) => `${name}\n${beside}`}
      tone={({ refused, covered }) => (refused > 0 && covered === 0 ? 'warn' : undefined)}
      empty={
        <EmptyState title="Nothing went through Daylight in this span">
          Point a client at the proxy: <a href="/setup">the setup page</a> says how, for every system and program.
        </EmptyState>
      }
    />
  );
}
