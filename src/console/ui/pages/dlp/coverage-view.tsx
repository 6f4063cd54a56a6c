// How much of the traffic DLP reads: counted over what was seen, and by class as the profiles say.

import { Stack, Table, Text } from '@mantine/core';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleHalf2 from '@tabler/icons-react/dist/esm/icons/IconCircleHalf2.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import type { Action } from '../../../../engine/verdict.ts';
import type { DlpProfile, DlpSummary } from '../../../api/shapes.ts';
import { useList, useRead } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { ToneBadge } from '../../parts/level-badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { plain } from '../../text/format.ts';
import { type Coverage, type TrafficCoverage, trafficCoverage } from './profile-coverage.ts';

const LOOK = {
  covered: { tone: 'good', icon: IconCircleCheck, word: 'covered' },
  partly: { tone: 'warn', icon: IconCircleHalf2, word: 'partly' },
  not: { tone: 'calm', icon: IconCircleX, word: 'not covered' },
} as const;

export function CoverageView() {
  const summary = useRead<DlpSummary>('/dlp/summary', {}, { filtered: true });
  const profiles = useList<DlpProfile>('/dlp/profiles', {}, { ranged: false });
  return (
    <>
      <FilterBar />
      <Stack gap="md">
        <Panel title="Read in this span" about="MCP exchanges by how much of their content DLP read.">
          <Loaded asked={summary}>{({ coverage }) => <Counted coverage={coverage} />}</Loaded>
        </Panel>
        <Panel title="By class of traffic" about="What the profiles in rules/local/dlp.yml ask for.">
          <Loaded asked={{ ...profiles, data: profiles.data }}>{(items) => <Classes classes={trafficCoverage(items)} />}</Loaded>
        </Panel>
      </Stack>
    </>
  );
}

function Counted({ coverage: { covered, partly, not, reasons } }: { coverage: DlpSummary['coverage'] }) {
  if (covered + partly + not === 0)
    return (
      <EmptyState title="No MCP traffic in this span">
        Choose a longer time at the top. What the profiles would cover stands below.
      </EmptyState>
    );
  return (
    <Stack gap="sm">
      <ShareBar
        label="MCP exchanges by how much of them was read"
        parts={[
          { key: 'covered', label: 'read whole', n: covered, color: 'var(--good)' },
          { key: 'partly', label: 'read in part', n: partly, color: 'var(--warn)' },
          { key: 'not', label: 'not read', n: not, color: 'var(--traffic-none)' },
        ]}
      />
      {reasons.length > 0 && (
        <Text size="sm" component="div">
          Not read whole, because
          <ul style={{ margin: '4px 0 0', paddingLeft: 20 }}>
            {reasons.map(({ reason, n }) => (
              <li key={reason}>
                {reason}: <b>{plain(n)}</b>
              </li>
            ))}
          </ul>
        </Text>
      )}
    </Stack>
  );
}

function Classes({ classes }: { classes: readonly TrafficCoverage[] }) {
  return (
    <Table.ScrollContainer
      minWidth={720}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Classes of traffic' } }}
    >
      <Table fz="sm" verticalSpacing={7} aria-label="Coverage by class of traffic">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={130}>Class</Table.Th>
            <Table.Th w={140}>Coverage</Table.Th>
            <Table.Th>By</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {classes.map(({ traffic, coverage, why, profiles }) => (
            <Table.Tr key={traffic}>
              <Table.Td>
                <TrafficBadge traffic={traffic} />
              </Table.Td>
              <Table.Td>
                <CoverageBadge coverage={coverage} />
              </Table.Td>
              <Table.Td>
                {profiles.map(({ id, request, response, limits }) => (
                  <div key={id}>
                    <Untrusted text={id} />{' '}
                    <Text span size="xs" c="dimmed">
                      {sideWords('requests', request)}, {sideWords('answers', response)}
                      {limits !== '' && (
                        <>
                          , <Untrusted text={limits} />
                        </>
                      )}
                    </Text>
                  </div>
                ))}
                {why !== '' && (
                  <Text size="xs" c="dimmed">
                    {why}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const DONE: Readonly<Record<Action | 'off', string>> = {
  off: 'not read',
  allow: 'read',
  log: 'logged',
  redact: 'redacted',
  block: 'blocked',
};

function sideWords(side: string, action: Action | 'off'): string {
  return `${side} ${DONE[action]}`;
}

function CoverageBadge({ coverage }: { coverage: Coverage }) {
  const { tone, icon, word } = LOOK[coverage];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {word}
    </ToneBadge>
  );
}
