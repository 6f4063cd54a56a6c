// Map: who uses which tools of which servers, as a flow from left to right; the same as a table.

import { Button, Center, Group, Loader, SegmentedControl, Text } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';
import type { MapData } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TRAFFIC_ORDER, TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useFilter, useParam, useRange } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';
import { around, busiest } from './map-part.ts';
import { MapTable } from './map-table.tsx';

// The library behind it is large.
const FlowDiagram = lazy(async () => ({ default: (await import('./flow-diagram.tsx')).FlowDiagram }));

const QUICK = [
  { label: 'Shadow', term: 'traffic:shadow' },
  { label: 'Portal and approved', term: 'traffic:portal,approved' },
  { label: 'Around the portal', term: 'traffic:bypass' },
  { label: 'Blocked', term: 'disposition:blocked' },
];
const SIZES = ['20', '40', '80', '150'];
const DEFAULT_SIZE = '40';

export function MapPage() {
  const asked = useRead<MapData>('/map', {}, { filtered: true, everySeconds: 60 });
  const [wantedView, setView] = useParam('view');
  const [wantedSize, setSize] = useParam('top');
  const view = wantedView === 'table' ? 'table' : 'diagram';
  const size = SIZES.includes(wantedSize) ? wantedSize : DEFAULT_SIZE;
  return (
    <>
      <PageHeader title="Map" about="Who uses which servers and tools. Choose a name to see what is connected to it.">
        <SegmentedControl
          size="xs"
          aria-label="How many connections"
          data={SIZES.map((value) => ({ value, label: `Top ${value}` }))}
          value={size}
          onChange={(value) => setSize(value === DEFAULT_SIZE ? '' : value)}
        />
        <SegmentedControl
          size="xs"
          aria-label="How to show it"
          data={[
            { value: 'diagram', label: 'Diagram' },
            { value: 'table', label: 'Table' },
          ]}
          value={view}
          onChange={(value) => setView(value === 'diagram' ? '' : value)}
        />
      </PageHeader>
      <FilterBar quick={QUICK} />
      <Loaded asked={asked}>{(data) => <Shown data={data} size={Number(size)} asTable={view === 'table'} />}</Loaded>
    </>
  );
}

function Shown({ data, size, asTable }: { data: MapData; size: number; asTable: boolean }) {
  const [focus, setFocus] = useParam('node');
  const [filter] = useFilter();
  const part = useMemo(() => busiest(around(data, focus), size), [data, focus, size]);
  const focused = data.nodes.find(({ id }) => id === focus);
  if (part.links.length === 0)
    return (
      <Panel title="Connections">
        <NothingToShow filtered={filter !== ''} focused={focus !== ''} onAll={() => setFocus('')} />
      </Panel>
    );
  const users = part.nodes.filter(({ kind }) => kind === 'user').length;
  const servers = part.nodes.filter(({ kind }) => kind === 'server').length;
  const tools = part.nodes.filter(({ kind }) => kind === 'tool').length;
  const classes = TRAFFIC_ORDER.filter((each) => part.links.some(({ traffic }) => traffic === each));
  return (
    <>
      <Group gap={6} mb="xs">
        <Text size="sm" c="dimmed" mr="auto">
          {counted(users, 'user')}, {counted(servers, 'server')}, {counted(tools, 'tool')}: the busiest connections
          {focused && (
            <>
              {' '}
              around <Untrusted text={focused.label} />
            </>
          )}
        </Text>
        {classes.map((traffic) => (
          <TrafficBadge key={traffic} traffic={traffic} />
        ))}
        {focused && (
          <Button size="compact-xs" variant="default" onClick={() => setFocus('')}>
            Show all
          </Button>
        )}
      </Group>
      {asTable ? (
        <MapTable data={part} onFocus={setFocus} />
      ) : (
        <Panel title="Users → servers → tools">
          <Suspense
            fallback={
              <Center h={400}>
                <Loader size="sm" role="status" aria-label="Loading the diagram" />
              </Center>
            }
          >
            <FlowDiagram data={part} onFocus={setFocus} />
          </Suspense>
        </Panel>
      )}
    </>
  );
}

function NothingToShow({ filtered, focused, onAll }: { filtered: boolean; focused: boolean; onAll: () => void }) {
  const { set } = useRange();
  const [, setFilter] = useFilter();
  return (
    <EmptyState title="No connection in this span">
      <p>
        {focused
          ? 'What was chosen is not among the busiest of this span.'
          : 'Nobody used an MCP server, or the filter leaves nothing.'}
      </p>
      <Group justify="center" gap="xs">
        {focused && (
          <Button size="xs" variant="default" onClick={onAll}>
            Show all
          </Button>
        )}
        {filtered && (
          <Button size="xs" variant="default" onClick={() => setFilter('')}>
            Without the filter
          </Button>
        )}
        <Button size="xs" variant="default" onClick={() => set({ span: '30d' })}>
          Look at the last 30 days
        </Button>
      </Group>
    </EmptyState>
  );
}
