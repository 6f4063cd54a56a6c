// What came of a person's use: findings of the queue, DLP findings, and requests that were blocked.

import { Anchor } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import type { DlpMatch, Finding, FlowEvent } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { userTerm } from './user-term.ts';

export function PersonFindings({ user }: { user: string }) {
  const findings = useList<Finding>('/findings', { filter: userTerm(user), limit: 500 });
  const address = usePageAddress();
  const [, navigate] = useLocation();
  if (findings.error) return <ErrorState error={findings.error} retry={findings.refetch} />;
  return (
    <DataTable
      label="Findings about this person"
      columns={FINDING_COLUMNS}
      rows={findings.items.filter((finding) => finding.user === user)}
      rowKey={({ id }) => id}
      onOpen={({ id }) => navigate(address('/findings', { open: id }))}
      rowHeight={38}
      empty={
        findings.isPending ? (
          <Loading />
        ) : (
          <EmptyState title="Nothing to look into">There is no finding about this person in the span.</EmptyState>
        )
      }
    />
  );
}

const FINDING_COLUMNS: readonly Column<Finding>[] = [
  { key: 'level', title: 'Level', width: 92, render: ({ level }) => <LevelBadge level={level} /> },
  { key: 'kind', title: 'Kind', width: 104, render: ({ kind }) => kind.replace('-', ' ') },
  { key: 'summary', title: 'What', render: ({ summary }) => <Untrusted text={summary} cut /> },
  { key: 'state', title: 'State', width: 96, render: ({ state }) => state },
  { key: 'count', title: 'Times', width: 62, align: 'right', render: ({ count }) => plain(count) },
  { key: 'last', title: 'Last seen', width: 112, render: ({ lastSeen }) => <Time at={lastSeen} form="ago" /> },
];

export function PersonDlp({ user }: { user: string }) {
  const matches = useList<DlpMatch>('/dlp/findings', { filter: userTerm(user) });
  const address = usePageAddress();
  const [, navigate] = useLocation();
  if (matches.error) return <ErrorState error={matches.error} retry={matches.refetch} />;
  return (
    <>
      <DataTable
        label="DLP findings of this person"
        columns={DLP_COLUMNS}
        rows={matches.items}
        rowKey={({ event_id, detector, field, offset }) => `${event_id} ${detector} ${field} ${offset}`}
        onOpen={({ parent_id }) => navigate(address('/activity', { open: parent_id, filter: userTerm(user) }))}
        more={matches}
        rowHeight={38}
        empty={
          matches.isPending ? (
            <Loading />
          ) : (
            <EmptyState title="Nothing was found">
              DLP found no sensitive data in what this person sent or got, as far as a profile covers it.
            </EmptyState>
          )
        }
      />
      {matches.items.length > 0 && (
        <Anchor component={Link} size="sm" href={address('/dlp', { filter: userTerm(user) })}>
          On the DLP page
        </Anchor>
      )}
    </>
  );
}

const DLP_COLUMNS: readonly Column<DlpMatch>[] = [
  { key: 'ts', title: 'Time', width: 106, render: ({ ts }) => <Time at={ts} /> },
  { key: 'detector', title: 'Detector', width: 160, render: ({ detector }) => <Untrusted text={detector} cut /> },
  { key: 'severity', title: 'Severity', width: 96, render: ({ severity }) => <LevelBadge level={severity} /> },
  { key: 'masked', title: 'Masked value', width: 170, render: ({ masked }) => <Untrusted text={masked} mono cut /> },
  {
    key: 'server',
    title: 'Server',
    render: ({ server_key, dst_host }) => <Untrusted text={(server_key || dst_host).replace(/^https:\/\//, '')} mono cut />,
  },
  { key: 'disposition', title: 'Verdict', width: 96, render: ({ disposition }) => disposition },
];

export function PersonBlocks({ user }: { user: string }) {
  const filter = `${userTerm(user)} disposition:blocked`;
  const events = useList<FlowEvent>('/events', { filter });
  const address = usePageAddress();
  const [, navigate] = useLocation();
  if (events.error) return <ErrorState error={events.error} retry={events.refetch} />;
  return (
    <DataTable
      label="Blocked requests of this person, newest first"
      columns={BLOCK_COLUMNS}
      rows={events.items}
      rowKey={({ event_id }) => event_id}
      onOpen={({ event_id }) => navigate(address('/activity', { filter, open: event_id }))}
      more={events}
      rowHeight={38}
      empty={
        events.isPending ? (
          <Loading />
        ) : (
          <EmptyState title="Nothing was blocked">
            Requests that are logged pass. What a mode of block would have stopped stands on the page Rules.
          </EmptyState>
        )
      }
    />
  );
}

const BLOCK_COLUMNS: readonly Column<FlowEvent>[] = [
  { key: 'ts', title: 'Time', width: 106, render: ({ ts }) => <Time at={ts} /> },
  { key: 'traffic', title: 'Traffic', width: 116, render: ({ traffic }) => <TrafficBadge traffic={traffic} /> },
  {
    key: 'server',
    title: 'Server',
    width: 240,
    render: ({ server_key, dst_host }) => <Untrusted text={(server_key || dst_host).replace(/^https:\/\//, '')} mono cut />,
  },
  { key: 'reason', title: 'Why', render: ({ reason }) => <Untrusted text={reason} cut /> },
];
