// The analyst's queue: one finding per kind, server and user; what is open first, what came since one looked last marked.

import { Button, Group, SegmentedControl, Select, Switch, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Finding } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { useList } from '../../api/read.ts';
import { useMay, useSession } from '../../api/session.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { parseOrder, sortRows } from '../../parts/data-table-order.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { QuickSearch } from '../../parts/quick-search.tsx';
import { useParam } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { BulkBar } from './bulk-bar.tsx';
import { COLUMNS } from './finding-columns.tsx';
import { FindingDrawer } from './finding-drawer.tsx';
import { FINDING_KINDS, type FindingView, showsFinding } from './finding-words.ts';

const STATES = [
  { value: '', label: 'Open' },
  { value: 'new', label: 'New' },
  { value: 'acknowledged', label: 'Acknowledged' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'all', label: 'All' },
];

export function FindingsPage() {
  const findings = useList<Finding>('/findings', { limit: 500 }, { everySeconds: 60 });
  const [open, setOpen] = useParam('open');
  const [view, setters] = useView();
  const shown = findings.items.filter((finding) => showsFinding(finding, view));
  const line = useLine(open, shown);
  const at = line.indexOf(open);
  const opened = findings.items.find(({ id }) => id === open);
  const mayNote = useMay('analyst');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What is out of sight is not changed with the rest.
  const chosen = new Set(shown.map(({ id }) => id).filter((id) => selected.has(id)));
  const count = (state: string) => findings.items.filter((finding) => showsFinding(finding, { ...view, state })).length;
  return (
    <>
      <PageHeader title="Findings" about="One for each server and user, not for each request.">
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={STATES.map(({ value, label }) => ({
            value,
            label: findings.isPending ? label : `${label} ${plain(count(value))}`,
          }))}
          value={view.state}
          onChange={setters.state}
        />
      </PageHeader>
      <Group align="center" mb="sm" gap="sm">
        <QuickSearch label="Find a finding" placeholder="Server, user, words" width={210} />
        <Select
          aria-label="Kind"
          placeholder="Every kind"
          w={168}
          clearable
          clearButtonProps={{ 'aria-label': 'Every kind' }}
          data={Object.entries(FINDING_KINDS).map(([value, label]) => ({ value, label }))}
          value={view.kind || null}
          onChange={(value) => setters.kind(value ?? '')}
        />
        <Select
          aria-label="Level"
          placeholder="Every level"
          w={124}
          clearable
          clearButtonProps={{ 'aria-label': 'Every level' }}
          data={['high', 'medium', 'low']}
          value={view.level || null}
          onChange={(value) => setters.level(value ?? '')}
        />
        <Switch label="Mine" checked={view.assignee !== ''} onChange={(event) => setters.mine(event.currentTarget.checked)} />
        <Changed findings={findings.items} />
      </Group>
      {findings.error ? (
        <ErrorState error={findings.error} retry={findings.refetch} />
      ) : (
        <>
          {chosen.size > 0 && <BulkBar ids={[...chosen]} onChange={setSelected} />}
          <DataTable
            label="Findings"
            {...(mayNote && { selection: { keys: chosen, onChange: setSelected } })}
            columns={COLUMNS}
            rows={shown}
            rowKey={({ id }) => id}
            onOpen={({ id }) => setOpen(id)}
            openKey={open}
            rowHeight={50}
            more={findings}
            empty={findings.isPending ? <Loading /> : <NoFindings hidden={findings.items.length > 0} />}
          />
        </>
      )}
      {opened && (
        <FindingDrawer
          key={opened.id}
          finding={opened}
          place={`${at + 1} of ${plain(line.length)}`}
          previous={line[at - 1]}
          next={line[at + 1]}
          onGo={setOpen}
          onClose={() => setOpen('')}
        />
      )}
    </>
  );
}

/**
 * The queue as it was when a finding of it was opened: while one goes through it, what was acknowledged must not move away and take the
 * next one with it.
 */
function useLine(open: string, shown: readonly Finding[]): readonly string[] {
  const [sort] = useParam('sort');
  const line = useRef<readonly string[]>([]);
  if (open === '' || !line.current.includes(open)) line.current = sortRows(shown, COLUMNS, parseOrder(sort)).map(({ id }) => id);
  return line.current.includes(open) ? line.current : [open, ...line.current];
}

/** What is shown, as the address has it. */
function useView(): [FindingView, Record<'state' | 'kind' | 'level', (value: string) => void> & { mine(on: boolean): void }] {
  const { user } = useSession();
  const [state, setState] = useParam('state');
  const [kind, setKind] = useParam('kind');
  const [level, setLevel] = useParam('level');
  const [mine, setMine] = useParam('mine');
  const [search] = useParam('q');
  const view = { state, kind, level, assignee: mine === '' ? '' : user.name, search };
  return [view, { state: setState, kind: setKind, level: setLevel, mine: (on) => setMine(on ? '1' : '') }];
}

function Changed({ findings }: { findings: readonly Finding[] }) {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => callApi('/findings/seen', { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['/findings'] }),
  });
  const changed = findings.filter((finding) => finding.changed).length;
  if (changed === 0) return null;
  return (
    <Group gap="xs" ml="auto">
      <Text size="sm">{plain(changed)} changed since you looked</Text>
      <Button size="compact-sm" variant="default" loading={isPending} onClick={() => mutate()}>
        I have looked
      </Button>
    </Group>
  );
}

function NoFindings({ hidden }: { hidden: boolean }) {
  if (hidden)
    return (
      <EmptyState title="Nothing here">
        No finding fits what is chosen above. Choose another state, or take words away.
      </EmptyState>
    );
  return (
    <EmptyState title="Nothing was found in this time">
      Findings come from traffic to servers that nobody approved, ways past the portal, sensitive data, and tools that changed or
      look wrong. Choose a longer time at the top to look further back.
    </EmptyState>
  );
}
