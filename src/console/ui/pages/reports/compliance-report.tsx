// The compliance summary: figures, servers with what was decided about them, detectors, and acts of administration.

import { Anchor, Stack } from '@mantine/core';
import { Link } from 'wouter';
import type { ComplianceReport, ServerState } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { stateWord } from '../../parts/server-state.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { type ReportColumn, ReportTable } from './report-table.tsx';

export function ComplianceReportView() {
  const asked = useRead<ComplianceReport>('/reports/compliance', {}, { filtered: true });
  return <Loaded asked={asked}>{(report) => <Compliance report={report} />}</Loaded>;
}

function Compliance({ report: { figures, servers, detectors, changes } }: { report: ComplianceReport }) {
  const address = usePageAddress();
  const changeColumns: readonly ReportColumn<ComplianceReport['changes'][number]>[] = [
    {
      title: 'Act',
      render: ({ action }) => (
        <Anchor inherit component={Link} href={address('/audit', { q: action })}>
          <Untrusted text={action} mono />
        </Anchor>
      ),
    },
    { title: 'Times', align: 'right', width: 130, render: ({ n }) => plain(n) },
  ];
  return (
    <Stack gap="md">
      <Panel title="Figures">
        <ReportTable
          label="Figures"
          columns={FIGURE_COLUMNS}
          rows={figures}
          rowKey={({ id }) => id}
          empty="There is nothing to count."
        />
      </Panel>
      <Panel title="Servers" about="MCP servers of the span, most used first, and what was decided about them.">
        <ReportTable
          label="Servers"
          columns={SERVER_COLUMNS}
          rows={servers}
          rowKey={({ serverKey }) => serverKey}
          empty="No MCP server was used in this span."
        />
      </Panel>
      <Panel title="Sensitive data" about="What DLP found, by detector.">
        <ReportTable
          label="Sensitive data by detector"
          columns={DETECTOR_COLUMNS}
          rows={detectors}
          rowKey={({ detector }) => detector}
          empty="DLP found nothing in this span, as far as it looked: see the figures above."
        />
      </Panel>
      <Panel
        title="Acts of administration"
        about="What people and Daylight itself changed or read. Who did what stands in the audit log."
      >
        <ReportTable
          label="Acts of administration"
          columns={changeColumns}
          rows={changes}
          rowKey={({ action }) => action}
          empty="Nothing was changed in this span."
        />
      </Panel>
    </Stack>
  );
}

type Figure = ComplianceReport['figures'][number];
type Server = ComplianceReport['servers'][number];
type Detector = ComplianceReport['detectors'][number];

const FIGURE_COLUMNS: readonly ReportColumn<Figure>[] = [
  { title: 'Figure', render: ({ title }) => title },
  { title: 'Count', align: 'right', width: 130, render: ({ value }) => <b>{plain(value)}</b> },
];

const SERVER_COLUMNS: readonly ReportColumn<Server>[] = [
  { title: 'Server', render: ({ serverKey }) => <ServerName serverKey={serverKey} /> },
  { title: 'State', width: 110, render: ({ state }) => stateWord(state as ServerState) },
  { title: 'Owner', width: 150, render: ({ owner }) => (owner === '' ? '–' : <Untrusted text={owner} />) },
  { title: 'Users', align: 'right', width: 90, render: ({ users }) => plain(users) },
  { title: 'Requests', align: 'right', width: 100, render: ({ n }) => plain(n) },
  { title: 'Blocked', align: 'right', width: 90, render: ({ blocked }) => plain(blocked) },
  { title: 'DLP findings', align: 'right', width: 120, render: ({ dlp }) => plain(dlp) },
];

const DETECTOR_COLUMNS: readonly ReportColumn<Detector>[] = [
  { title: 'Detector', render: ({ detector }) => <Untrusted text={detector} /> },
  { title: 'Family', width: 180, render: ({ family }) => family },
  { title: 'Found', align: 'right', width: 100, render: ({ n }) => plain(n) },
  { title: 'Redacted', align: 'right', width: 110, render: ({ redacted }) => plain(redacted) },
  { title: 'Blocked', align: 'right', width: 100, render: ({ blocked }) => plain(blocked) },
];
