// How far it is with a finding.

import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleDot from '@tabler/icons-react/dist/esm/icons/IconCircleDot.mjs';
import IconEye from '@tabler/icons-react/dist/esm/icons/IconEye.mjs';
import type { Finding } from '../../../api/shapes.ts';
import { ToneBadge } from '../../parts/level-badge.tsx';

const STATES = {
  new: { tone: 'warn', icon: IconCircleDot },
  acknowledged: { tone: 'calm', icon: IconEye },
  resolved: { tone: 'good', icon: IconCircleCheck },
} as const;

export function FindingStateBadge({ state }: { state: Finding['state'] }) {
  const { tone, icon } = STATES[state];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {state}
    </ToneBadge>
  );
}
