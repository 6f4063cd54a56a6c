// The versions of policy, newest first; one opens with its lines against the version before, and can be put back.

import { Text } from '@mantine/core';
import type { PolicyVersionItem } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { useRuleTitles } from '../../api/rule-titles.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Time } from '../../parts/time.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { useParam } from '../../state/use-url.ts';
import { counted } from '../../text/format.ts';
import { withTitles } from '../../text/with-titles.ts';
import { VersionDrawer } from './version-drawer.tsx';

export function PolicyVersions() {
  const versions = useList<PolicyVersionItem>('/policy/history', {}, { ranged: false, everySeconds: 60 });
  const [open, setOpen] = useParam('open');
  const titles = useRuleTitles();
  const newest = versions.items[0]?.number;
  if (versions.error) return <ErrorState error={versions.error} retry={versions.refetch} />;
  return (
    <>
      <DataTable
        label="Versions of policy"
        columns={columnsOf(newest, titles)}
        rows={versions.items}
        rowKey={({ number }) => String(number)}
        onOpen={({ number }) => setOpen(String(number))}
        openKey={open}
        rowHeight={50}
        more={versions}
        empty={
          versions.isPending ? (
            <Loading />
          ) : (
            <EmptyState title="No version is kept yet">
              The first change in the console, by <code>bin/daylight</code> or in the files below <code>rules/local</code> makes
              one.
            </EmptyState>
          )
        }
      />
      {/^\d+$/.test(open) && (
        <VersionDrawer key={open} number={Number(open)} versions={versions.items} onClose={() => setOpen('')} />
      )}
    </>
  );
}

const columnsOf = (newest: number | undefined, titles: ReadonlyMap<string, string>): Column<PolicyVersionItem>[] => [
  {
    key: 'number',
    title: 'Version',
    width: 92,
    render: ({ number }) => (
      <>
        {number}
        {number === newest && (
          <Text size="xs" c="dimmed">
            in force
          </Text>
        )}
      </>
    ),
  },
  { key: 'time', title: 'When', width: 128, render: ({ time }) => <Time at={time} /> },
  { key: 'actor', title: 'Who', width: 196, render: ({ actor }) => <Untrusted text={actor} cut /> },
  {
    key: 'changes',
    title: 'What',
    render: ({ changes, action }) => (
      <>
        <TwoLines text={withTitles(changes[0] ?? action, titles)} />
        {changes.length > 1 && (
          <Text size="xs" c="dimmed">
            and {counted(changes.length - 1, 'more', 'more')}
          </Text>
        )}
      </>
    ),
  },
  { key: 'reason', title: 'Why', width: 280, render: ({ reason }) => (reason === '' ? '–' : <TwoLines text={reason} />) },
];
