// What the table of exchanges shows of each.

import type { FlowEvent } from '../../../api/shapes.ts';
import { Confidence } from '../../parts/confidence.tsx';
import type { Column } from '../../parts/data-table.tsx';
import type { Tone } from '../../parts/level-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import { duration } from '../../text/format.ts';
import { whatOf, whereOf, whoOf } from './event-words.ts';

export const COLUMNS: readonly Column<FlowEvent>[] = [
  { key: 'ts', title: 'Time', width: 104, render: ({ ts }) => <Time at={ts} /> },
  { key: 'disposition', title: 'Verdict', width: 98, render: ({ disposition }) => <VerdictBadge verdict={disposition} /> },
  { key: 'traffic', title: 'Traffic', width: 120, render: ({ traffic }) => <TrafficBadge traffic={traffic} /> },
  { key: 'user', title: 'User', width: 112, render: (event) => <Untrusted text={whoOf(event)} cut /> },
  { key: 'server', title: 'Server', render: (event) => <Untrusted text={whereOf(event)} mono cut /> },
  { key: 'what', title: 'What', render: (event) => <Untrusted text={whatOf(event)} mono cut /> },
  { key: 'status', title: 'Status', width: 58, align: 'right', render: ({ status }) => (status === 0 ? '–' : status) },
  { key: 'dlp', title: 'DLP', width: 44, align: 'right', render: ({ dlp_count }) => (dlp_count === 0 ? '' : dlp_count) },
  { key: 'confidence', title: 'Confidence', width: 88, render: ({ confidence }) => <Confidence value={confidence} /> },
  { key: 'duration', title: 'Took', width: 72, align: 'right', render: ({ duration_ms }) => duration(duration_ms) },
];

/** The verdict column says the same in words. */
export function toneOf({ disposition }: FlowEvent): Tone | undefined {
  if (disposition === 'blocked') return 'bad';
  if (disposition === 'redacted' || disposition === 'failed') return 'warn';
  return disposition === 'logged' ? 'calm' : undefined;
}
