// The audit log: who changed or read what, when and why, and what it was before.

import { Button, Group, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import type { AuditEntry } from '../../../api/shapes.ts';
import { useList, useRead } from '../../api/read.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import type { Tone } from '../../parts/level-badge.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { QuickSearch } from '../../parts/quick-search.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam, useSetParams } from '../../state/use-url.ts';
import { AuditDrawer } from './audit-drawer.tsx';
import { ACTS, actorText } from './audit-words.ts';
import { OutcomeBadge } from './outcome-badge.tsx';

const TYPING_MS = 250;

export function AuditPage() {
  const [q] = useParam('q');
  const [open, setOpen] = useParam('open');
  const [actor] = useParam('actor');
  const [action, setAction] = useParam('action');
  const [outcome, setOutcome] = useParam('outcome');
  const setParams = useSetParams();
  // Typing asks once, not for each letter.
  const [words] = useDebouncedValue(q, TYPING_MS);
  const asked = { limit: 500, ...definedOf({ q: words, actor, action, outcome }) };
  const audit = useList<AuditEntry>('/audit', asked, { everySeconds: 5 });
  const narrowed = words + actor + action + outcome !== '';
  return (
    <>
      <PageHeader title="Audit" about="Who changed or read what, when and why. Nobody can change or remove entries here." />
      <Group mb="sm" gap="sm">
        <QuickSearch label="Find an entry" placeholder="Person, act, object or reason" width={300} />
        <Select
          aria-label="Kind of act"
          placeholder="Every act"
          w={190}
          clearable
          clearButtonProps={{ 'aria-label': 'Every act' }}
          data={ACTS}
          value={action || null}
          onChange={(value) => setAction(value ?? '')}
        />
        <Select
          aria-label="Outcome"
          placeholder="Every outcome"
          w={150}
          clearable
          clearButtonProps={{ 'aria-label': 'Every outcome' }}
          data={['success', 'denied', 'error']}
          value={outcome || null}
          onChange={(value) => setOutcome(value ?? '')}
        />
        {actor !== '' && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconX size={13} aria-hidden />}
            onClick={() => setParams({ actor: '' })}
          >
            Only by <Untrusted text={actor} />
          </Button>
        )}
      </Group>
      {audit.error ? (
        <ErrorState error={audit.error} retry={audit.refetch} />
      ) : (
        <DataTable
          label="Audit log, newest first"
          columns={COLUMNS}
          rows={audit.items}
          rowKey={({ event_id }) => event_id}
          onOpen={({ event_id }) => setOpen(event_id)}
          openKey={open}
          tone={outcomeTone}
          more={audit}
          rowHeight={38}
          empty={audit.isPending ? <Loading /> : <NoEntries searched={narrowed} />}
        />
      )}
      {open !== '' && (
        <OpenEntry id={open} known={audit.items.find(({ event_id }) => event_id === open)} onClose={() => setOpen('')} />
      )}
    </>
  );
}

/** An entry that is not on the page, such as one that somebody sent a link to, is asked for by itself. */
function OpenEntry({ id, known, onClose }: { id: string; known: AuditEntry | undefined; onClose: () => void }) {
  const { data } = useRead<AuditEntry>(
    `/audit/${encodeURIComponent(id)}`,
    {},
    { ranged: false, everySeconds: 0, enabled: !known },
  );
  const entry = known ?? data;
  return entry && <AuditDrawer entry={entry} onClose={onClose} />;
}

function definedOf(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
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
