// The rules of the pack with what they did in the time that is chosen.

import { Box, Text, Tooltip } from '@mantine/core';
import IconCalendarEvent from '@tabler/icons-react/dist/esm/icons/IconCalendarEvent.mjs';
import { useMemo, useState } from 'react';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { RuleItem } from '../../../api/shapes.ts';
import type { useList } from '../../api/read.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { hasWords } from '../../parts/has-words.ts';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Loading } from '../../parts/loading.tsx';
import { QuickSearch } from '../../parts/quick-search.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { useParam } from '../../state/use-url.ts';
import { type ModeAsked, ModeDialog } from './mode-dialog.tsx';
import { ModeSwitch } from './mode-switch.tsx';
import { modeSource } from './rule-words.ts';

const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'];

export function RuleTable({ rules }: { rules: ReturnType<typeof useList<RuleItem>> }) {
  const [asked, setAsked] = useState<ModeAsked>();
  const [, setOpen] = useParam('open');
  const [search] = useParam('q');
  const columns = useMemo(() => columnsOf(setAsked), []);
  const shown = rules.items.filter(({ id, title, traffic, level, tags, mode }) =>
    hasWords([id, title, traffic, level, ...tags, mode].join(' '), search),
  );
  const busiestFirst = shown.toSorted((one, other) => other.hits - one.hits || one.title.localeCompare(other.title));
  if (rules.error) return <ErrorState error={rules.error} retry={rules.refetch} />;
  return (
    <>
      <Box mb="sm">
        <QuickSearch label="Find a rule" placeholder="Title, class, tag, level or id" />
      </Box>
      <DataTable
        label="Rules"
        columns={columns}
        rows={busiestFirst}
        rowKey={({ id }) => id}
        onOpen={({ id }) => setOpen(id)}
        more={rules}
        empty={rules.isPending ? <Loading /> : <NoRules searched={search !== ''} />}
      />
      {asked && <ModeDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function NoRules({ searched }: { searched: boolean }) {
  if (searched)
    return <EmptyState title="No rule has these words">Try fewer words, or the name of a class such as shadow.</EmptyState>;
  return (
    <EmptyState title="There are no rules">
      Rules are files below <code>rules/mcp</code>. Check them with <code>bin/daylight check</code>.
    </EmptyState>
  );
}

function columnsOf(onAsk: (asked: ModeAsked) => void): Column<RuleItem>[] {
  return [
    {
      key: 'title',
      title: 'Rule',
      render: ({ title }) => <TwoLines text={title} />,
      compare: (one, other) => other.title.localeCompare(one.title),
    },
    {
      key: 'traffic',
      title: 'Class',
      width: 124,
      render: ({ traffic }) => <TrafficBadge traffic={traffic as Traffic} />,
      compare: (one, other) => other.traffic.localeCompare(one.traffic),
    },
    {
      key: 'level',
      title: 'Level',
      width: 128,
      render: ({ level }) => <LevelBadge level={level} />,
      compare: (one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level),
    },
    {
      key: 'mode',
      title: 'Mode',
      width: 248,
      render: (rule) => (
        <>
          <ModeSwitch
            label={rule.title}
            mode={rule.mode}
            onAsk={(to) => onAsk({ target: rule.id, title: rule.title, from: rule.mode, to })}
          />{' '}
          <Text span size="xs" c="dimmed">
            {modeSource(rule)}
          </Text>
          {rule.dated[0] && (
            <Tooltip label={rule.dated.map(({ mode, from }) => `${mode} from ${from}`).join(', ')}>
              <Text span size="xs" ml={6}>
                <IconCalendarEvent size={14} color="var(--warn)" style={{ verticalAlign: -2 }} aria-hidden /> {rule.dated[0].mode}
              </Text>
            </Tooltip>
          )}
        </>
      ),
    },
    countColumn('hits', 'Hits', 70, ({ hits }) => hits),
    countColumn('users', 'Users', 58, ({ users }) => users),
    {
      key: 'last',
      title: 'Last hit',
      width: 100,
      render: ({ lastHit }) => <Time at={lastHit} form="ago" />,
      compare: (one, other) => one.lastHit - other.lastHit,
    },
    countColumn('false', 'Excepted', 80, ({ falsePositives }) => falsePositives, '–'),
  ];
}
