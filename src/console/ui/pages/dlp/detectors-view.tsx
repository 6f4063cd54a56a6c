// The detectors: what each looks for, which profiles use it, and how often it found something.

import { Anchor, Group, Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Action } from '../../../../engine/verdict.ts';
import type { DlpDetector, DlpSummary } from '../../../api/shapes.ts';
import { useList, useRead } from '../../api/read.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { hasWords } from '../../parts/has-words.ts';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Loading } from '../../parts/loading.tsx';
import { QuickSearch } from '../../parts/quick-search.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import { usePageAddress, useParam } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';

const SEVERITIES = ['low', 'medium', 'high', 'critical'];

export function DetectorsView() {
  const detectors = useList<DlpDetector>('/dlp/detectors', {}, { ranged: false });
  const summary = useRead<DlpSummary>('/dlp/summary');
  const [search] = useParam('q');
  const [open, setOpen] = useParam('open');
  const found = useMemo(() => new Map(summary.data?.byDetector.map(({ detector, n }) => [detector, n])), [summary.data]);
  const columns = useMemo(() => columnsOf(found), [found]);
  const shown = detectors.items.filter(({ id, title, family, severity, profiles }) =>
    hasWords([id, title, family, severity, ...profiles.map(({ profile }) => profile)].join(' '), search),
  );
  const opened = detectors.items.find(({ id }) => id === open);
  if (detectors.error) return <ErrorState error={detectors.error} retry={detectors.refetch} />;
  return (
    <>
      <QuickSearch label="Find a detector" placeholder="Title, id, family, severity or profile" />
      <DataTable
        label="Detectors"
        columns={columns}
        rows={shown}
        rowKey={({ id }) => id}
        onOpen={({ id }) => setOpen(id)}
        openKey={open}
        empty={detectors.isPending ? <Loading /> : <NoDetectors searched={search !== ''} />}
      />
      {opened && <DetectorDrawer detector={opened} found={found.get(opened.id) ?? 0} onClose={() => setOpen('')} />}
    </>
  );
}

function NoDetectors({ searched }: { searched: boolean }) {
  if (searched)
    return <EmptyState title="No detector has these words">Try fewer words, or a family such as credential.</EmptyState>;
  return (
    <EmptyState title="There are no detectors">
      Detectors are files below <code>rules/dlp</code>; your own belong into <code>rules/local/dlp</code>. Check them with{' '}
      <code>bin/daylight check</code>.
    </EmptyState>
  );
}

function DetectorDrawer({ detector, found, onClose }: { detector: DlpDetector; found: number; onClose: () => void }) {
  const address = usePageAddress();
  const { id, title, description, family, severity, directions, references, file, profiles } = detector;
  return (
    <DetailDrawer title={<Untrusted text={title} />} onClose={onClose}>
      <Stack gap="md">
        <Text size="sm">
          <Untrusted text={description} />
        </Text>
        <Facts
          facts={[
            ['Id', <Untrusted key="id" text={id} mono />],
            ['Family', family],
            ['Severity', <LevelBadge key="severity" level={severity} />],
            ['Looks at', directions.map((direction) => `${direction}s`).join(' and ')],
            ['Found in this span', found === 0 ? 'nothing' : plain(found)],
            ['File', <Untrusted key="file" text={file} mono />],
            ['References', references.length > 0 && <References key="references" texts={references} />],
          ]}
        />
        {profiles.length === 0 ? (
          <Text size="sm">
            No profile uses it, so it finds nothing. Name it, or <code>family:{family}</code>, in <code>rules/local/dlp.yml</code>
            .
          </Text>
        ) : (
          <Table fz="sm" verticalSpacing={5} aria-label="Profiles that use it">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Profile</Table.Th>
                <Table.Th>Requests</Table.Th>
                <Table.Th>Answers</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {profiles.map(({ profile, request, response }) => (
                <Table.Tr key={profile}>
                  <Table.Td>
                    <Untrusted text={profile} />
                  </Table.Td>
                  <Table.Td>
                    <ProfileAction action={request} />
                  </Table.Td>
                  <Table.Td>
                    <ProfileAction action={response} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {found > 0 && (
          <Group>
            <Anchor component={Link} size="sm" href={address('/dlp', { detector: id })}>
              What it found
            </Anchor>
          </Group>
        )}
      </Stack>
    </DetailDrawer>
  );
}

function References({ texts }: { texts: readonly string[] }) {
  return (
    <Stack gap={2}>
      {texts.map((text) => (
        <Untrusted key={text} text={text} />
      ))}
    </Stack>
  );
}

/** What a profile does with what is found in one direction. */
export function ProfileAction({ action }: { action: string }) {
  if (action === 'off')
    return (
      <Text span size="sm" c="dimmed">
        not read
      </Text>
    );
  return <VerdictBadge verdict={action as Action} />;
}

function columnsOf(found: ReadonlyMap<string, number>): Column<DlpDetector>[] {
  return [
    {
      key: 'title',
      title: 'Detector',
      render: ({ title }) => <Untrusted text={title} cut />,
      compare: (one, other) => other.title.localeCompare(one.title),
    },
    { key: 'id', title: 'Id', width: 210, render: ({ id }) => <Untrusted text={id} mono cut /> },
    {
      key: 'family',
      title: 'Family',
      width: 140,
      render: ({ family }) => family,
      compare: (one, other) => other.family.localeCompare(one.family),
    },
    {
      key: 'severity',
      title: 'Severity',
      width: 100,
      render: ({ severity }) => <LevelBadge level={severity} />,
      compare: (one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity),
    },
    {
      key: 'profiles',
      title: 'Profiles',
      width: 190,
      render: ({ profiles }) =>
        profiles.length === 0 ? (
          'none: finds nothing'
        ) : (
          <Untrusted text={profiles.map(({ profile }) => profile).join(', ')} cut />
        ),
    },
    countColumn('found', 'Found', 80, ({ id }) => found.get(id) ?? 0),
  ];
}
