// Findings by detector, most first; one opens the findings of that detector alone.

import type { DlpSummary } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { useParam } from '../../state/use-url.ts';

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

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'detector',
    title: 'Detector',
    render: ({ detector }) => detector,
    compare: (one, other) => other.detector.localeCompare(one.detector),
  },
  countColumn('n', 'Found', 62, ({ n }) => n),
  countColumn('users', 'Users', 60, ({ users }) => users),
  countColumn('servers', 'Servers', 70, ({ servers }) => servers),
  countColumn('redacted', 'Redacted', 78, ({ redacted }) => redacted),
  countColumn('blocked', 'Blocked', 70, ({ blocked }) => blocked),
];
