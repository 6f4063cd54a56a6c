// The columns of the inventory.

import { Text, Tooltip } from '@mantine/core';
import type { Server } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import type { Column } from '../../parts/data-table.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { ServerStateBadge } from '../../parts/server-state.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { plain } from '../../text/format.ts';

const STATES = ['blocked', 'approved', 'in-review', 'new'];
const LEVELS = ['low', 'medium', 'high'];

export const COLUMNS: readonly Column<Server>[] = [
  {
    key: 'state',
    title: 'State',
    width: 122,
    render: ({ state }) => <ServerStateBadge state={state} />,
    compare: (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state),
  },
  {
    key: 'server',
    title: 'Server',
    render: ({ serverKey, name }) => <ServerName serverKey={serverKey} name={name} />,
    compare: (one, other) => other.serverKey.localeCompare(one.serverKey),
  },
  {
    key: 'risk',
    title: 'Risk',
    width: 156,
    render: ({ risk }) => (
      <Tooltip label={risk.reasons.join('; ')} disabled={risk.reasons.length === 0}>
        <div>
          <LevelBadge level={risk.level} />
          <Text size="xs" c="dimmed" truncate>
            {risk.reasons[0] ?? 'nothing speaks against it'}
          </Text>
        </div>
      </Tooltip>
    ),
    compare: (one, other) =>
      LEVELS.indexOf(one.risk.level) - LEVELS.indexOf(other.risk.level) || one.risk.reasons.length - other.risk.reasons.length,
  },
  {
    key: 'owner',
    title: 'Owner',
    width: 104,
    render: ({ owner }) => (owner === '' ? '–' : <Untrusted text={owner} cut />),
    compare: (one, other) => other.owner.localeCompare(one.owner),
  },
  {
    key: 'transport',
    title: 'Revision',
    width: 122,
    render: ({ transport, generation }) => (
      <>
        <Untrusted text={newestOf(generation)} cut />
        <Text size="xs" c="dimmed" component="div">
          <Untrusted text={transport.join(', ')} cut />
        </Text>
      </>
    ),
    compare: (one, other) => (one.generation[0] ?? '').localeCompare(other.generation[0] ?? ''),
  },
  countColumn('users', 'Users', 58, ({ users }) => users),
  {
    key: 'n',
    title: 'Requests',
    width: 100,
    align: 'right',
    render: ({ n, blocked }) => (
      <>
        {plain(n)}
        {blocked > 0 && (
          <Text size="xs" c="dimmed">
            {plain(blocked)} blocked
          </Text>
        )}
      </>
    ),
    compare: (one, other) => one.n - other.n,
  },
  countColumn('tools', 'Tools', 56, ({ tools }) => tools),
  {
    key: 'seen',
    title: 'Seen',
    width: 108,
    render: ({ firstSeen, lastSeen }) => (
      <>
        <Time at={lastSeen} form="ago" />
        <Text size="xs" c="dimmed" truncate>
          first <Time at={firstSeen} form="ago" />
        </Text>
      </>
    ),
    compare: (one, other) => one.lastSeen - other.lastSeen,
  },
];

/** The newest revision of MCP that was spoken, and how many others were. */
function newestOf(generation: readonly string[]): string {
  const newest = generation.toSorted().at(-1);
  if (newest === undefined) return 'unknown';
  return generation.length > 1 ? `${newest} +${generation.length - 1}` : newest;
}
