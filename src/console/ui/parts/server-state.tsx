// How it stands with a server: what policy says, else how far people are with it.

import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconEye from '@tabler/icons-react/dist/esm/icons/IconEye.mjs';
import IconRosetteDiscountCheck from '@tabler/icons-react/dist/esm/icons/IconRosetteDiscountCheck.mjs';
import IconSparkles from '@tabler/icons-react/dist/esm/icons/IconSparkles.mjs';
import type { ServerState } from '../../api/shapes.ts';
import { type Tone, ToneBadge } from './level-badge.tsx';

const STATES = {
  new: { tone: 'warn', icon: IconSparkles, label: 'new' },
  'in-review': { tone: 'calm', icon: IconEye, label: 'in review' },
  approved: { tone: 'good', icon: IconRosetteDiscountCheck, label: 'approved' },
  blocked: { tone: 'bad', icon: IconBan, label: 'blocked' },
} as const satisfies Record<ServerState, { tone: Tone; icon: typeof IconBan; label: string }>;

export function ServerStateBadge({ state }: { state: ServerState }) {
  const { tone, icon, label } = STATES[state];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {label}
    </ToneBadge>
  );
}

export function stateWord(state: ServerState): string {
  return STATES[state].label;
}
