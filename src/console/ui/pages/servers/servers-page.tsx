// The inventory: every MCP server that was seen, how it stands with it, and what speaks against it. One server opens in place of the table.

import { SegmentedControl } from '@mantine/core';
import type { Server, ServerState } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { useFilter, useParam } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { COLUMNS } from './server-columns.tsx';
import { ServerPage } from './server-page.tsx';

const STATES: readonly { value: ServerState | ''; label: string }[] = [
  { value: '', label: 'All' },
  { value: 'new', label: 'New' },
  { value: 'in-review', label: 'In review' },
  { value: 'approved', label: 'Approved' },
  { value: 'blocked', label: 'Blocked' },
];

const QUICK = [
  { label: 'Shadow', term: 'traffic:shadow' },
  { label: 'Without sign-in', term: 'auth:none' },
  { label: 'Old transport', term: 'transport:http+sse' },
  { label: 'Blocked', term: 'disposition:blocked' },
];

export function ServersPage() {
  const [open] = useParam('open');
  return open === '' ? <Inventory /> : <ServerPage key={open} serverKey={open} />;
}

function Inventory() {
  const servers = useList<Server>('/servers', { limit: 500 }, { filtered: true, everySeconds: 60 });
  const [, setOpen] = useParam('open');
  const [state, setState] = useParam('state');
  const [filter] = useFilter();
  const shown = state === '' ? servers.items : servers.items.filter((server) => server.state === state);
  const count = (wanted: string) => {
    const n = wanted === '' ? servers.items.length : servers.items.filter((server) => server.state === wanted).length;
    return servers.isPending ? '' : ` ${plain(n)}${servers.hasNextPage ? '+' : ''}`;
  };
  return (
    <>
      <PageHeader title="Servers" about="Every MCP server that was seen in this time, and how it stands with it.">
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={STATES.map(({ value, label }) => ({ value, label: label + count(value) }))}
          value={state}
          onChange={setState}
        />
      </PageHeader>
      <FilterBar quick={QUICK} />
      {servers.error ? (
        <ErrorState error={servers.error} retry={servers.refetch} />
      ) : (
        <DataTable
          label="MCP servers"
          columns={COLUMNS}
          rows={shown}
          rowKey={({ serverKey }) => serverKey}
          onOpen={({ serverKey }) => setOpen(serverKey)}
          more={servers}
          rowHeight={50}
          empty={servers.isPending ? <Loading /> : <NoServers narrowed={filter !== '' || state !== ''} />}
        />
      )}
    </>
  );
}

function NoServers({ narrowed }: { narrowed: boolean }) {
  if (narrowed)
    return (
      <EmptyState title="No server fits">
        Take a term of the filter away, choose another state, or a longer time at the top.
      </EmptyState>
    );
  return (
    <EmptyState title="No MCP server was seen in this time">
      Choose a longer time at the top. If nothing was ever seen: is the proxy set on the clients, and its certificate trusted? See{' '}
      <code>docs/start/clients.md</code>, and try <code>bin/daylight doctor</code>.
    </EmptyState>
  );
}
