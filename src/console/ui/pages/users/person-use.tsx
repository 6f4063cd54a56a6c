// Which servers and tools a person used.

import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import { TRAFFIC, type Traffic } from '../../../../engine/verdict.ts';
import type { PersonDetails } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { termFor } from '../../parts/filter-bar-text.ts';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { userTerm } from './user-term.ts';

type ServerUse = PersonDetails['serverList'][number];
type ToolUse = PersonDetails['tools'][number];

export function PersonServers({ servers }: { servers: readonly ServerUse[] }) {
  return (
    <DataTable
      label="Servers that this person used"
      columns={SERVER_COLUMNS}
      rows={servers}
      rowKey={({ serverKey }) => serverKey}
      rowHeight={38}
      empty={<EmptyState title="No MCP server">There were steps towards one at most: sign-in, metadata, packages.</EmptyState>}
    />
  );
}

/** The class that says most, and how many more there are. */
function TrafficClasses({ classes }: { classes: readonly Traffic[] }) {
  const [first, ...others] = TRAFFIC.toReversed().filter((each) => classes.includes(each));
  if (first === undefined) return null;
  return (
    <Group gap={6} wrap="nowrap">
      <TrafficBadge traffic={first} />
      {others.length > 0 && (
        <Text span size="xs" c="dimmed" title={`also ${others.join(', ')}`}>
          +{others.length}
        </Text>
      )}
    </Group>
  );
}

const SERVER_COLUMNS: readonly Column<ServerUse>[] = [
  { key: 'server', title: 'Server', render: ({ serverKey }) => <ServerName serverKey={serverKey} /> },
  {
    key: 'traffic',
    title: 'Traffic',
    width: 160,
    render: ({ traffic }) => <TrafficClasses classes={traffic as Traffic[]} />,
  },
  countColumn('n', 'Requests', 92, ({ n }) => n),
  countColumn('blocked', 'Blocked', 84, ({ blocked }) => blocked, '–'),
  {
    key: 'last',
    title: 'Last seen',
    width: 112,
    render: ({ lastSeen }) => <Time at={lastSeen} form="ago" />,
    compare: (one, other) => one.lastSeen - other.lastSeen,
  },
];

export function PersonTools({ tools, user }: { tools: readonly ToolUse[]; user: string }) {
  const address = usePageAddress();
  const columns: readonly Column<ToolUse>[] = [
    {
      key: 'tool',
      title: 'Tool',
      render: ({ tool, serverKey }) => (
        <Anchor
          inherit
          component={Link}
          href={address('/activity', { filter: `${userTerm(user)} ${termFor('tool', tool)} ${termFor('server', serverKey)}` })}
        >
          <Untrusted text={tool} mono cut />
        </Anchor>
      ),
      compare: (one, other) => other.tool.localeCompare(one.tool),
    },
    { key: 'server', title: 'Server', render: ({ serverKey }) => <ServerName serverKey={serverKey} /> },
    countColumn('n', 'Calls', 92, ({ n }) => n),
  ];
  return (
    <DataTable
      label="Tools that this person called"
      columns={columns}
      rows={tools}
      rowKey={({ tool, serverKey }) => `${serverKey} ${tool}`}
      rowHeight={38}
      empty={<EmptyState title="No tool was called">Sessions that only list tools, or read resources, call none.</EmptyState>}
    />
  );
}
