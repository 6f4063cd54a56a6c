// What was found: over time, by detector, and one by one. Values are masked.

import { Button, Grid, Group, Stack, Text } from '@mantine/core';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { useMemo } from 'react';
import type { DlpMatch, DlpSummary } from '../../../api/shapes.ts';
import { useList, useRead } from '../../api/read.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { useFilter, useParam, useRange, useSetParams } from '../../state/use-url.ts';
import { DetectorTable } from './detector-table.tsx';
import { FINDING_COLUMNS, findingKey, findingTone } from './finding-columns.tsx';
import { FindingDrawer } from './finding-drawer.tsx';

const QUICK = [
  { label: 'Blocked', term: 'disposition:blocked' },
  { label: 'Through the portal', term: 'traffic:portal' },
  { label: 'To approved servers', term: 'traffic:approved' },
  { label: 'To shadow servers', term: 'traffic:shadow' },
];
const SERIES = [
  { key: 'logged', label: 'logged', color: 'var(--calm)' },
  { key: 'redacted', label: 'redacted', color: 'var(--warn)' },
  { key: 'blocked', label: 'blocked', color: 'var(--bad)' },
];

export function FindingsView() {
  const [open] = useParam('open');
  const [detector] = useParam('detector');
  const setParams = useSetParams();
  const summary = useRead<DlpSummary>('/dlp/summary', {}, { filtered: true });
  const findings = useList<DlpMatch>('/dlp/findings', { detector }, { filtered: true });
  const shown = findings.items.find((finding) => findingKey(finding) === open);
  return (
    <>
      <FilterBar quick={QUICK} />
      <Stack gap="md">
        <Loaded asked={summary}>
          {(data) => (data.byDetector.length === 0 ? <NothingFound data={data} /> : <Figures data={data} />)}
        </Loaded>
        {detector !== '' && (
          <Group gap="xs">
            <Text size="sm">Only what {detector} found</Text>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<IconX size={13} aria-hidden />}
              onClick={() => setParams({ detector: '' })}
            >
              Show all
            </Button>
          </Group>
        )}
        {findings.error ? (
          <ErrorState error={findings.error} retry={findings.refetch} />
        ) : findings.isPending ? (
          <Loading />
        ) : (
          findings.items.length > 0 && (
            <DataTable
              label="DLP findings, newest first"
              columns={FINDING_COLUMNS}
              rows={findings.items}
              rowKey={findingKey}
              onOpen={(finding) => setParams({ open: findingKey(finding) })}
              openKey={open}
              tone={findingTone}
              more={findings}
              rowHeight={38}
            />
          )
        )}
        {open !== '' && <OpenFinding id={open} known={shown} onClose={() => setParams({ open: '' })} />}
      </Stack>
    </>
  );
}

/** A finding that is not on the page, such as one that somebody sent a link to, is asked for by itself. */
function OpenFinding({ id, known, onClose }: { id: string; known: DlpMatch | undefined; onClose: () => void }) {
  const { data } = useRead<DlpMatch>(
    `/dlp/findings/${encodeURIComponent(id)}`,
    {},
    { ranged: false, everySeconds: 0, enabled: !known },
  );
  const finding = known ?? data;
  return finding && <FindingDrawer finding={finding} onClose={onClose} />;
}

function Figures({ data }: { data: DlpSummary }) {
  const { set, resolve } = useRange();
  const points = useMemo(
    () =>
      data.timeline.map(({ t, n, blocked, redacted }) => ({ t, values: { logged: n - blocked - redacted, redacted, blocked } })),
    [data],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span of the answer, not of this moment
  const { from, to } = useMemo(resolve, [data]);
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Panel title="Found over time" about="By what became of it. Drag over the chart to look closer.">
          <Timeline
            label="DLP findings by what became of them"
            points={points}
            series={SERIES}
            step={data.step}
            from={from}
            to={to}
            height={232}
            onZoom={(start, end) => set({ from: start, to: end })}
          />
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Panel title="By detector" about="Open one to see only its findings.">
          <DetectorTable detectors={data.byDetector} />
        </Panel>
      </Grid.Col>
    </Grid>
  );
}

function NothingFound({ data: { coverage } }: { data: DlpSummary }) {
  const [filter, setFilter] = useFilter();
  const setParams = useSetParams();
  const read = coverage.covered + coverage.partly;
  return (
    <Panel title="Findings">
      <EmptyState title="Nothing was found in this span">
        <p>
          {read > 0
            ? 'DLP read traffic of this span and met nothing that a profile looks for.'
            : 'DLP read nothing of this span: either there was no MCP traffic, or no profile covers it.'}
        </p>
        <Group justify="center" gap="xs">
          {filter !== '' && (
            <Button size="xs" variant="default" onClick={() => setFilter('')}>
              Without the filter
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => setParams({ view: 'coverage' })}>
            See what is covered
          </Button>
        </Group>
      </EmptyState>
    </Panel>
  );
}
