// Overview: what MCP is in use here, by whom, to where; what was stopped and what leaked; and whether use moves from shadow to portal.

import { Grid, Stack } from '@mantine/core';
import { useDeferredValue } from 'react';
import type { Overview } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { AdoptionPanel } from './adoption-panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Headline } from './headline.tsx';
import { HealthStrip } from './health-strip.tsx';
import { TopServers, TopTools, TopUsers } from './top-lists.tsx';
import { TrafficPanel } from './traffic-panel.tsx';

export function OverviewPage() {
  const asked = useRead<Overview>('/overview');
  return (
    <>
      <PageHeader title="Overview" about="What MCP is in use here, by whom, and what became of it." />
      <Stack gap="md">
        <HealthStrip />
        <Loaded asked={asked}>{(data) => (isEmpty(data) ? <FirstSteps /> : <Figures data={data} />)}</Loaded>
      </Stack>
    </>
  );
}

function isEmpty({ headline, timeline }: Overview): boolean {
  return (
    headline.requests.value === 0 &&
    headline.hosted.value === 0 &&
    timeline.every(({ counts }) => Object.keys(counts).length === 0)
  );
}

function Figures({ data }: { data: Overview }) {
  // The numbers are shown first; charts and lists take longer to draw.
  const shown = useDeferredValue<Overview | undefined>(data, undefined);
  return (
    <Stack gap="md">
      <Headline data={data} />
      {shown && <Charts data={shown} />}
    </Stack>
  );
}

function Charts({ data }: { data: Overview }) {
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <TrafficPanel data={data} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <AdoptionPanel data={data} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 6, lg: 5 }}>
        <TopServers servers={data.top.servers} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 6, lg: 3.5 }}>
        <TopUsers users={data.top.users} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 12, lg: 3.5 }}>
        <TopTools tools={data.top.tools} />
      </Grid.Col>
    </Grid>
  );
}
