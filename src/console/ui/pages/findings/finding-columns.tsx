// The columns of the queue.

import { Text, Tooltip, VisuallyHidden } from '@mantine/core';
import IconPointFilled from '@tabler/icons-react/dist/esm/icons/IconPointFilled.mjs';
import type { Finding } from '../../../api/shapes.ts';
import { countColumn } from '../../parts/count-column.ts';
import type { Column } from '../../parts/data-table.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { FindingStateBadge } from './finding-state.tsx';
import { FINDING_KINDS } from './finding-words.ts';

const LEVELS = ['low', 'medium', 'high'];

export const COLUMNS: readonly Column<Finding>[] = [
  {
    key: 'level',
    title: 'Level',
    width: 104,
    render: ({ level, changed }) => (
      <>
        {changed && (
          <Tooltip label="Changed since you looked">
            <span>
              <IconPointFilled
                size={16}
                color="var(--mantine-primary-color-filled)"
                style={{ margin: '0 2px -4px -6px' }}
                aria-hidden
              />
              <VisuallyHidden>changed since you looked</VisuallyHidden>
            </span>
          </Tooltip>
        )}
        <LevelBadge level={level} />
      </>
    ),
    compare: (one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level),
  },
  {
    key: 'what',
    title: 'What',
    render: ({ kind, summary, changed }) => (
      <>
        <Text size="sm" fw={changed ? 700 : 500} truncate>
          {FINDING_KINDS[kind]}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          <Untrusted text={summary} cut />
        </Text>
      </>
    ),
    compare: (one, other) => other.kind.localeCompare(one.kind),
  },
  {
    key: 'server',
    title: 'Server',
    render: ({ serverKey }) => <ServerName serverKey={serverKey} />,
    compare: (one, other) => other.serverKey.localeCompare(one.serverKey),
  },
  {
    key: 'user',
    title: 'User',
    width: 168,
    render: ({ user }) =>
      user === '' ? (
        <Text span size="sm" c="dimmed">
          the server itself
        </Text>
      ) : (
        <Untrusted text={user} cut />
      ),
    compare: (one, other) => other.user.localeCompare(one.user),
  },
  countColumn('count', 'Times', 64, ({ count }) => count),
  {
    key: 'seen',
    title: 'Last seen',
    width: 112,
    render: ({ firstSeen, lastSeen }) => (
      <>
        <Time at={lastSeen} form="ago" />
        <Text size="xs" c="dimmed">
          first <Time at={firstSeen} form="ago" />
        </Text>
      </>
    ),
    compare: (one, other) => one.lastSeen - other.lastSeen,
  },
  {
    key: 'state',
    title: 'State',
    width: 144,
    render: ({ state, assignee }) => (
      <>
        <FindingStateBadge state={state} />
        {assignee !== '' && (
          <Text size="xs" c="dimmed" component="div">
            <Untrusted text={assignee} cut />
          </Text>
        )}
      </>
    ),
    compare: (one, other) => one.state.localeCompare(other.state) || one.assignee.localeCompare(other.assignee),
  },
];
