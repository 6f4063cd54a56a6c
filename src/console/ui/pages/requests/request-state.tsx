// What became of a request.

import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconHourglassHigh from '@tabler/icons-react/dist/esm/icons/IconHourglassHigh.mjs';
import IconRosetteDiscountCheck from '@tabler/icons-react/dist/esm/icons/IconRosetteDiscountCheck.mjs';
import type { RequestForApproval } from '../../../api/shapes.ts';
import { ToneBadge } from '../../parts/level-badge.tsx';

const STATES = {
  pending: { tone: 'warn', icon: IconHourglassHigh, label: 'waiting' },
  approved: { tone: 'good', icon: IconRosetteDiscountCheck, label: 'approved' },
  denied: { tone: 'bad', icon: IconBan, label: 'denied' },
} as const;

export function RequestStateBadge({ state }: { state: RequestForApproval['state'] }) {
  const { tone, icon, label } = STATES[state];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {label}
    </ToneBadge>
  );
}
