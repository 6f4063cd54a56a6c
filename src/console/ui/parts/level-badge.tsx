// How serious something is, or how far along: a word with the colour of its tone.

import { Badge } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';

export type Tone = 'bad' | 'warn' | 'good' | 'calm';

const LEVELS: Readonly<Record<string, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'calm',
  informational: 'calm',
};

/** @param level as rules, findings and risks name it */
function levelTone(level: string): Tone {
  return LEVELS[level] ?? 'calm';
}

/** A state, with an icon where the word alone could be missed. */
export function ToneBadge({ tone, icon: Glyph, children }: { tone?: Tone | undefined; icon?: Icon; children: string }) {
  return (
    <Badge
      variant="default"
      leftSection={Glyph && <Glyph size={14} color={tone && `var(--${tone})`} stroke={2} aria-hidden />}
      style={{
        background: tone && `var(--${tone}-tint)`,
        borderColor: tone ? `color-mix(in srgb, var(--${tone}) 35%, transparent)` : 'var(--line)',
      }}
    >
      {children}
    </Badge>
  );
}

export function LevelBadge({ level }: { level: string }) {
  return <ToneBadge tone={levelTone(level)}>{level}</ToneBadge>;
}
