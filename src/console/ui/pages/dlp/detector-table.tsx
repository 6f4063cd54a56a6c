// Findings by detector, most first; one opens the findings of that detector alone.

import type { DlpSummary } from '../../../api/shapes.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { useParam } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';

type Row = DlpSummary['byDetector'][number];

export function DetectorTable({ detectors }: { detectors: readonly Row[] }) {
  const [chosen, choose] = useParam('detector');
  return (
    <div style={{ height: 262, display: 'flex', flexDirection: 'column' }}>
      <DataTable
        label="Findings by detector"
        columns={COLUMNS}
        rows={detectors}
        rowKey={({ detector }) => detector}
        onOpen={({ detector }) => choose(detector === chosen ? '' : detector)}
        openKey={chosen}
        rowHeight={32}
        sortParam="by"
        fill
      />
    </div>
  );
}

function count(key: 'n' | 'users' | 'servers' | 'redacted' | 'blocked', title: string, width: number): Column<Row> {
  return {
    key,
    title,
    width,
    align: 'right',
    render: (row) => plain(row[key]),
    compare: (one, other) => one[key] - other[key],
  };
}

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'detector',
    title: 'Detector',
    render: ({ detector }) => detector,
    compare: (one, other) => other.detector.localeCompare(one.detector),
  },
  count('n', 'Found', 62),
  count('users', 'Users', 60),
  count('servers', 'Servers', 70),
  count('redacted', 'Redacted', 78),
  count('blocked', 'Blocked', 70),
];
