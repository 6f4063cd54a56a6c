// The audit log: who changed or read what, when and why, and what it was before.

import { Button, Group, Text } from '@mantine/core';
import type { AuditEntry } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { hasWords } from '../../parts/has-words.ts';
import type { Tone } from '../../parts/level-badge.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { QuickSearch } from '../../parts/quick-search.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';
import { AuditDrawer } from './audit-drawer.tsx';
import { actorText, wordsOf } from './audit-words.ts';
import { OutcomeBadge } from './outcome-badge.tsx';

export function AuditPage() {
  const [search] = useParam('q');
  const [open, setOpen] = useParam('open');
  const audit = useList<AuditEntry>('/audit', { limit: 500 }, { everySeconds: 5 });
  const shown = search === '' ? audit.items : audit.items.filter((entry) => hasWords(wordsOf(entry), search));
  const opened = audit.items.find(({ event_id }) => event_id === open);
  return (
    <>
      <PageHeader title="Audit" about="Who changed or read what, when and why. Nobody can change or remove entries here." />
      <Group justify="space-between" align="flex-start">
        <div style={{ flex: '1 1 300px' }}>
          <QuickSearch label="Find an entry" placeholder="Person, act, object or reason" />
        </div>
        {search !== '' && audit.items.length > 0 && <Searched audit={audit} />}
      </Group>
      {audit.error ? (
        <ErrorState error={audit.error} retry={audit.refetch} />
      ) : (
        <DataTable
          label="Audit log, newest first"
          columns={COLUMNS}
          rows={shown}
          rowKey={({ event_id }) => event_id}
          onOpen={({ event_id }) => setOpen(event_id)}
          openKey={open}
          tone={outcomeTone}
          more={audit}
          rowHeight={38}
          empty={audit.isPending ? <Loading /> : <NoEntries searched={search !== ''} />}
        />
      )}
      {opened && <AuditDrawer entry={opened} onClose={() => setOpen('')} />}
    </>
  );
}

/** A search looks through what is loaded: says how much that is, and loads more. */
function Searched({ audit }: { audit: ReturnType<typeof useList<AuditEntry>> }) {
  return (
    <Group gap="xs" pt={6}>
      <Text size="sm" c="dimmed" role="status">
        Among the {audit.hasNextPage ? 'newest ' : ''}
        {counted(audit.items.length, 'entry', 'entries')} of the span
      </Text>
      {audit.hasNextPage && (
        <Button size="compact-xs" variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Look further back
        </Button>
      )}
    </Group>
  );
}

function NoEntries({ searched }: { searched: boolean }) {
  if (searched) return <EmptyState title="No entry has these words">Try fewer words, or a longer time at the top.</EmptyState>;
  return (
    <EmptyState title="Nothing happened in this span">
      Signing in, changes of policy, reading of stored content and exports are noted here. Choose a longer time at the top.
    </EmptyState>
  );
}

function outcomeTone({ outcome }: AuditEntry): Tone | undefined {
  if (outcome === 'denied') return 'bad';
  return outcome === 'error' ? 'warn' : undefined;
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { key: 'ts', title: 'Time', width: 112, render: ({ ts }) => <Time at={ts} /> },
  { key: 'actor', title: 'Who', width: 160, render: (entry) => <Untrusted text={actorText(entry)} cut /> },
  { key: 'action', title: 'Act', width: 170, render: ({ action }) => <Untrusted text={action} mono cut /> },
  { key: 'object', title: 'On', render: ({ object_id }) => <Untrusted text={object_id} cut /> },
  { key: 'reason', title: 'Why', render: ({ reason }) => <Untrusted text={reason} cut /> },
  { key: 'outcome', title: 'Outcome', width: 110, render: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
];
