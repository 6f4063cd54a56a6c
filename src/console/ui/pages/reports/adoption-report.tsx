// Adoption: users of the portal and of approved servers against those of shadow servers, over time, by group and by server.

import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { AdoptionReport } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { TrafficBadge, trafficColor } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useRange } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { percentOf } from '../../text/percent.ts';
import { adoptionSentence } from './adoption-words.ts';
import { type ReportColumn, ReportTable } from './report-table.tsx';

const SERIES = (['portal', 'approved', 'shadow'] as const).map((key) => ({ key, label: key, color: trafficColor(key) }));

export function AdoptionReportView() {
  const asked = useRead<AdoptionReport>('/reports/adoption', {}, { filtered: true });
  return <Loaded asked={asked}>{(report) => <Adoption report={report} />}</Loaded>;
}

function Adoption({ report }: { report: AdoptionReport }) {
  const { set, resolve } = useRange();
  const { people, groups, servers, timeline, step } = report;
  const points = useMemo(
    () => timeline.map(({ t, portal, approved, shadow }) => ({ t, values: { portal, approved, shadow } })),
    [timeline],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span of the answer, not of this moment
  const { from, to } = useMemo(resolve, [report]);
  if (people.sanctioned + people.shadow + people.both === 0)
    return (
      <Panel title="Users by the road they took">
        <EmptyState title="Nobody used an MCP server in this span">
          The report compares people on the portal and on approved servers with people on servers that nobody approved. Choose a
          longer time at the top, or take the filter away.
        </EmptyState>
      </Panel>
    );
  return (
    <Stack gap="md">
      <Panel title="Users of the span" about={adoptionSentence(people)}>
        <ShareBar
          label="Users by the road they took"
          parts={[
            {
              key: 'sanctioned',
              label: 'portal or approved servers only',
              n: people.sanctioned,
              color: trafficColor('approved'),
            },
            { key: 'both', label: 'both', n: people.both, color: 'var(--calm)' },
            { key: 'shadow', label: 'shadow servers only', n: people.shadow, color: trafficColor('shadow') },
          ]}
        />
      </Panel>
      <Panel title="Over time" about="Users in each step, by the road they took. Somebody on two roads counts on both.">
        <Timeline
          label="Users by the road they took"
          points={points}
          series={SERIES}
          step={step}
          from={from}
          to={to}
          kind="lines"
          height={230}
          onZoom={(start, end) => set({ from: start, to: end })}
        />
      </Panel>
      <Panel title="By group" about="Somebody in two groups counts in both.">
        <ReportTable
          label="Adoption by group"
          columns={GROUP_COLUMNS}
          rows={groups}
          rowKey={({ group }) => group}
          empty="Nobody of this span is in a group that Daylight knows."
        />
      </Panel>
      <Panel title="By server" about="Most users first.">
        <ReportTable
          label="Servers by users"
          columns={SERVER_COLUMNS}
          rows={servers}
          rowKey={({ serverKey, traffic }) => `${serverKey} ${traffic}`}
          empty="No MCP server was used."
        />
      </Panel>
    </Stack>
  );
}

type Group = AdoptionReport['groups'][number];
type Server = AdoptionReport['servers'][number];

const GROUP_COLUMNS: readonly ReportColumn<Group>[] = [
  { title: 'Group', render: ({ group }) => <Untrusted text={group} /> },
  { title: 'Users', align: 'right', width: 110, render: ({ users }) => plain(users) },
  {
    title: 'On portal or approved',
    align: 'right',
    width: 210,
    render: ({ sanctioned, users }) => `${plain(sanctioned)} (${percentOf(sanctioned, users)})`,
  },
  {
    title: 'On shadow',
    align: 'right',
    width: 170,
    render: ({ shadow, users }) => `${plain(shadow)} (${percentOf(shadow, users)})`,
  },
];

const SERVER_COLUMNS: readonly ReportColumn<Server>[] = [
  { title: 'Server', render: ({ serverKey }) => <ServerName serverKey={serverKey} /> },
  { title: 'Traffic', width: 150, render: ({ traffic }) => <TrafficBadge traffic={traffic as Traffic} /> },
  { title: 'Users', align: 'right', width: 110, render: ({ users }) => plain(users) },
  { title: 'Requests', align: 'right', width: 130, render: ({ n }) => plain(n) },
];
