// What became of an act.

import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { AuditEntry } from '../../../api/shapes.ts';
import { ToneBadge } from '../../parts/level-badge.tsx';

const LOOK = {
  success: { tone: 'good', icon: IconCircleCheck, word: 'done' },
  denied: { tone: 'bad', icon: IconBan, word: 'denied' },
  error: { tone: 'warn', icon: IconAlertTriangle, word: 'failed' },
} as const;

export function OutcomeBadge({ outcome }: { outcome: AuditEntry['outcome'] }) {
  const { tone, icon, word } = LOOK[outcome];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {word}
    </ToneBadge>
  );
}
