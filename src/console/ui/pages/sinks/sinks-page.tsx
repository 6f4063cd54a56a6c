// Where events go besides ClickHouse: each sink, how far it is, and what went wrong.

import { Text } from '@mantine/core';
import type { Sink } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { YamlBlock } from '../../parts/yaml-block.tsx';
import { useParam } from '../../state/use-url.ts';
import { duration } from '../../text/format.ts';
import { SinkDrawer } from './sink-drawer.tsx';
import { SinkState } from './sink-state.tsx';
import { EXAMPLE } from './sink-words.ts';

export function SinksPage() {
  const sinks = useList<Sink>('/sinks', { limit: undefined }, { ranged: false, everySeconds: 5 });
  const [open, setOpen] = useParam('open');
  const opened = sinks.items.find(({ name }) => name === open);
  return (
    <>
      <PageHeader title="Sinks" about="Where events go besides ClickHouse. Each waits for nobody else." />
      {sinks.error ? (
        <ErrorState error={sinks.error} retry={sinks.refetch} />
      ) : (
        <DataTable
          label="Sinks"
          columns={COLUMNS}
          rows={sinks.items}
          rowKey={({ name }) => name}
          onOpen={({ name }) => setOpen(name)}
          openKey={open}
          empty={sinks.isPending ? <Loading /> : <NoSinks />}
        />
      )}
      {opened && <SinkDrawer key={opened.name} sink={opened} onClose={() => setOpen('')} />}
    </>
  );
}

const COLUMNS: Column<Sink>[] = [
  {
    key: 'name',
    title: 'Sink',
    width: 130,
    render: ({ name }) => <Untrusted text={name} cut />,
    compare: (one, other) => other.name.localeCompare(one.name),
  },
  { key: 'type', title: 'Type', width: 84, render: ({ type }) => type },
  { key: 'target', title: 'To', render: ({ target }) => <Untrusted text={target} cut /> },
  { key: 'state', title: 'State', width: 108, render: (sink) => <SinkState sink={sink} /> },
  {
    key: 'lag',
    title: 'Behind',
    width: 84,
    align: 'right',
    render: ({ lagMs }) => (lagMs === 0 ? 'no' : duration(lagMs)),
    compare: (one, other) => one.lagMs - other.lagMs,
  },
  countColumn('pending', 'Waiting', 84, ({ pendingEvents }) => pendingEvents),
  {
    key: 'rate',
    title: 'Events/s',
    width: 84,
    align: 'right',
    render: ({ perSecond }) => perSecond.toFixed(1),
    compare: (one, other) => one.perSecond - other.perSecond,
  },
  { key: 'success', title: 'Last success', width: 112, render: ({ lastSuccessAt }) => <Time at={lastSuccessAt} form="ago" /> },
  { key: 'error', title: 'Last error', render: ({ lastError }) => <Untrusted text={lastError || 'none'} cut /> },
];

function NoSinks() {
  return (
    <EmptyState title="No sink is configured">
      A sink sends events to a SIEM, a bucket, a file or a webhook, beside ClickHouse. Name one in the configuration and restart;
      then send a test event from here, or with <code>bin/daylight sinks test siem</code>.
      <Text component="div" size="sm" mt="md" ta="left">
        <YamlBlock text={EXAMPLE} label="Example of two sinks" />
      </Text>
    </EmptyState>
  );
}
