// One exchange in full: what became of it and why, what passed, what was found in it, by whom and over which connection.

import { Alert, Badge, Group, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { EventDetails } from '../../../api/shapes.ts';
import { ApiError, callApi } from '../../api/client.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import { useParam } from '../../state/use-url.ts';
import { ConnectionTab } from './connection-tab.tsx';
import { DlpTab } from './dlp-tab.tsx';
import { EventActions } from './event-actions.tsx';
import { whatOf, whereOf, whoOf } from './event-words.ts';
import { ExchangeTab } from './exchange-tab.tsx';
import { MessagesTab } from './messages-tab.tsx';
import { VerdictTab } from './verdict-tab.tsx';

/** An event of the live feed may be here before it can be asked for. */
const RETRIES = 4;

export function EventDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useQuery({
    queryKey: ['/events', id],
    queryFn: ({ signal }) => callApi<EventDetails>(`/events/${encodeURIComponent(id)}`, { signal }),
    retry: (count, error) => count < RETRIES && (!(error instanceof ApiError) || error.status === 404 || error.status >= 500),
    retryDelay: 1_000,
    staleTime: 60_000,
  });
  return (
    <DetailDrawer title={asked.data ? <Head data={asked.data} /> : 'Exchange'} onClose={onClose}>
      <Loaded asked={asked}>{(data) => <Details data={data} />}</Loaded>
    </DetailDrawer>
  );
}

function Head({ data: { event } }: { data: EventDetails }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text fw={650} component="div">
        <Untrusted text={whatOf(event)} mono cut />
      </Text>
      <Text size="sm" c="dimmed" component="div">
        <Untrusted text={`${whoOf(event)} → ${whereOf(event)}`} cut />
      </Text>
    </div>
  );
}

function Details({ data }: { data: EventDetails }) {
  const [tab, setTab] = useParam('tab');
  const { event, calls, findings, withheld } = data;
  return (
    <>
      <Group gap="sm" mb="sm">
        <VerdictBadge verdict={event.disposition} />
        <TrafficBadge traffic={event.traffic} />
        <Text size="sm" c="dimmed" component="span">
          <Time at={event.ts} form="full" />
        </Text>
      </Group>
      <EventActions data={data} />
      {withheld && (
        <Alert variant="light" color="sun" mb="sm">
          Stored content is shown to analysts and stronger roles only.
        </Alert>
      )}
      <Tabs
        value={tab === '' ? 'verdict' : tab}
        onChange={(value) => setTab(value === 'verdict' ? '' : (value ?? ''), { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="verdict">Verdict</Tabs.Tab>
          <Tabs.Tab value="exchange">Exchange</Tabs.Tab>
          <Tabs.Tab value="messages" rightSection={<Count n={calls.length} />}>
            Messages
          </Tabs.Tab>
          <Tabs.Tab value="dlp" rightSection={<Count n={findings.length} />}>
            DLP
          </Tabs.Tab>
          <Tabs.Tab value="connection">Connection</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="verdict">
          <VerdictTab data={data} />
        </Tabs.Panel>
        <Tabs.Panel value="exchange">
          <ExchangeTab event={event} />
        </Tabs.Panel>
        <Tabs.Panel value="messages">
          <MessagesTab calls={calls} />
        </Tabs.Panel>
        <Tabs.Panel value="dlp">
          <DlpTab event={event} findings={findings} />
        </Tabs.Panel>
        <Tabs.Panel value="connection">
          <ConnectionTab event={event} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Count({ n }: { n: number }) {
  return n === 0 ? null : (
    <Badge size="sm" variant="light" color="gray" c="var(--mantine-color-text)">
      {n}
    </Badge>
  );
}
