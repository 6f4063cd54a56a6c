// Requests for approval: the queue of what people asked for after a block, and what became of it.

import { SegmentedControl, Text } from '@mantine/core';
import type { RequestForApproval } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { RequestDrawer } from './request-drawer.tsx';
import { RequestStateBadge } from './request-state.tsx';

const STATES = [
  { value: '', label: 'Waiting' },
  { value: 'approved', label: 'Approved' },
  { value: 'denied', label: 'Denied' },
  { value: 'all', label: 'All' },
];

export function RequestsPage() {
  const requests = useList<RequestForApproval>('/requests', { limit: 500 }, { ranged: false, everySeconds: 30 });
  const [open, setOpen] = useParam('open');
  const [state, setState] = useParam('state');
  const of = (wanted: string) => requests.items.filter((each) => wanted === 'all' || each.state === (wanted || 'pending'));
  const opened = requests.items.find(({ id }) => id === open);
  return (
    <>
      <PageHeader
        title="Requests for approval"
        about="Whoever is blocked can ask for an approval; the answer is yours, and they see it."
      >
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={STATES.map(({ value, label }) => ({
            value,
            label: requests.isPending ? label : `${label} ${plain(of(value).length)}`,
          }))}
          value={state}
          onChange={setState}
        />
      </PageHeader>
      {requests.error ? (
        <ErrorState error={requests.error} retry={requests.refetch} />
      ) : (
        <DataTable
          label="Requests for approval"
          columns={COLUMNS}
          rows={of(state)}
          rowKey={({ id }) => id}
          onOpen={({ id }) => setOpen(id)}
          openKey={open}
          rowHeight={50}
          more={requests}
          empty={requests.isPending ? <Loading /> : <NoRequests state={state} />}
        />
      )}
      {opened && <RequestDrawer key={opened.id} request={opened} onClose={() => setOpen('')} />}
    </>
  );
}

function NoRequests({ state }: { state: string }) {
  if (state === 'approved' || state === 'denied')
    return <EmptyState title={`No request was ${state}`}>Decided requests stay here, with who decided and why.</EmptyState>;
  return (
    <EmptyState title="Nobody is waiting">
      Each block answers with a link on which the person can ask for an approval. What they ask for comes here.
    </EmptyState>
  );
}

const COLUMNS: readonly Column<RequestForApproval>[] = [
  {
    key: 'created',
    title: 'Asked',
    width: 112,
    render: ({ created, id }) => (
      <>
        <Time at={created} form="ago" />
        <Text size="xs" c="dimmed" className="mono">
          {id}
        </Text>
      </>
    ),
    compare: (one, other) => one.created - other.created,
  },
  {
    key: 'who',
    title: 'Who',
    width: 196,
    render: ({ name, user, address }) => (
      <>
        <Untrusted text={name} cut />
        <Text size="xs" c="dimmed" component="div">
          <Untrusted text={user || address || 'not identified'} cut />
        </Text>
      </>
    ),
    compare: (one, other) => other.name.localeCompare(one.name),
  },
  {
    key: 'server',
    title: 'Server',
    render: ({ servers }) => <ServerName serverKey={(servers[0] ?? '').replace(/^name:/, 'attached:')} linked={false} />,
    compare: (one, other) => (other.servers[0] ?? '').localeCompare(one.servers[0] ?? ''),
  },
  {
    key: 'what',
    title: 'Was blocked',
    width: 132,
    render: ({ method, tool }) => (
      <>
        <Untrusted text={method || '–'} mono cut />
        <Text size="xs" c="dimmed" component="div">
          <Untrusted text={tool} mono cut />
        </Text>
      </>
    ),
  },
  { key: 'reason', title: 'Their reason', render: ({ reason }) => <TwoLines text={reason} /> },
  {
    key: 'days',
    title: 'For',
    width: 80,
    align: 'right',
    render: ({ days }) => `${days} days`,
    compare: (one, other) => one.days - other.days,
  },
  {
    key: 'state',
    title: 'State',
    width: 112,
    render: ({ state }) => <RequestStateBadge state={state} />,
    compare: (one, other) => other.state.localeCompare(one.state),
  },
];
