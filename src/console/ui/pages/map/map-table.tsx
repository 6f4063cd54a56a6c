// The map as a table: one row for each connection.

import { Button } from '@mantine/core';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { MapData } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

type Node = MapData['nodes'][number];
interface Row {
  key: string;
  from: Node;
  to: Node;
  n: number;
  traffic: string;
}

const KINDS = { user: 'user → server', server: 'server → tool', tool: '' } as const;

export function MapTable({ data, onFocus }: { data: MapData; onFocus: (id: string) => void }) {
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const rows = data.links.flatMap(({ source, target, n, traffic }): Row[] => {
    const [from, to] = [nodes.get(source), nodes.get(target)];
    return from && to ? [{ key: `${source}\n${target}`, from, to, n, traffic }] : [];
  });
  return <DataTable label="Connections" columns={columnsOf(onFocus)} rows={rows} rowKey={({ key }) => key} rowHeight={36} />;
}

function columnsOf(onFocus: (id: string) => void): Column<Row>[] {
  const name = (side: 'from' | 'to', title: string): Column<Row> => ({
    key: side,
    title,
    render: (row) => (
      <Button variant="transparent" size="compact-sm" fz="inherit" px={0} maw="100%" onClick={() => onFocus(row[side].id)}>
        <Untrusted text={row[side].label} cut />
      </Button>
    ),
    compare: (one, other) => other[side].label.localeCompare(one[side].label),
  });
  return [
    { key: 'kind', title: 'Connection', width: 140, render: ({ from }) => KINDS[from.kind] },
    name('from', 'From'),
    name('to', 'To'),
    { key: 'traffic', title: 'Traffic', width: 130, render: ({ traffic }) => <TrafficBadge traffic={traffic as Traffic} /> },
    countColumn('n', 'Requests', 100, ({ n }) => n),
  ];
}
