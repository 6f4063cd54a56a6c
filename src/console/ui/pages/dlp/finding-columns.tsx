// What tables of DLP findings show of each.

import type { DlpMatch } from '../../../api/shapes.ts';
import type { Column } from '../../parts/data-table.tsx';
import { LevelBadge, type Tone } from '../../parts/level-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';

export const FINDING_COLUMNS: readonly Column<DlpMatch>[] = [
  { key: 'ts', title: 'Time', width: 100, render: ({ ts }) => <Time at={ts} /> },
  { key: 'disposition', title: 'Verdict', width: 100, render: ({ disposition }) => <VerdictBadge verdict={disposition} /> },
  { key: 'detector', title: 'Detector', width: 150, render: ({ detector }) => <Untrusted text={detector} cut /> },
  { key: 'severity', title: 'Severity', width: 92, render: ({ severity }) => <LevelBadge level={severity} /> },
  { key: 'masked', title: 'Masked value', width: 160, render: ({ masked }) => <Untrusted text={masked} mono cut /> },
  { key: 'user', title: 'User', width: 150, render: ({ user_id }) => <Untrusted text={user_id || 'not identified'} cut /> },
  {
    key: 'server',
    title: 'Server',
    render: ({ server_key, dst_host }) => <Untrusted text={(server_key || dst_host).replace(/^https:\/\//, '')} mono cut />,
  },
  { key: 'direction', title: 'Way', width: 86, render: ({ direction }) => direction },
];

export function findingKey({ event_id }: DlpMatch): string {
  return event_id;
}

/** The verdict column says the same in words. */
export function findingTone({ disposition }: DlpMatch): Tone | undefined {
  if (disposition === 'blocked') return 'bad';
  return disposition === 'redacted' ? 'warn' : undefined;
}
