// What happened to an exchange, and what policy wants: word, icon and colour.

import { Badge } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import IconArrowRight from '@tabler/icons-react/dist/esm/icons/IconArrowRight.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconEraser from '@tabler/icons-react/dist/esm/icons/IconEraser.mjs';
import IconNotes from '@tabler/icons-react/dist/esm/icons/IconNotes.mjs';
import IconPlugX from '@tabler/icons-react/dist/esm/icons/IconPlugX.mjs';
import type { Action, Disposition } from '../../../engine/verdict.ts';

const WORDS: Readonly<Record<Action | Disposition, { icon: Icon; color: string }>> = {
  allow: { icon: IconArrowRight, color: 'var(--good)' },
  allowed: { icon: IconArrowRight, color: 'var(--good)' },
  log: { icon: IconNotes, color: 'var(--calm)' },
  logged: { icon: IconNotes, color: 'var(--calm)' },
  redact: { icon: IconEraser, color: 'var(--warn)' },
  redacted: { icon: IconEraser, color: 'var(--warn)' },
  block: { icon: IconBan, color: 'var(--bad)' },
  blocked: { icon: IconBan, color: 'var(--bad)' },
  failed: { icon: IconPlugX, color: 'var(--warn)' },
};

export function VerdictBadge({ verdict }: { verdict: Action | Disposition }) {
  const { icon: Glyph, color } = WORDS[verdict];
  return (
    <Badge
      variant="transparent"
      color="gray"
      p={0}
      c="var(--mantine-color-text)"
      leftSection={<Glyph size={15} color={color} stroke={2.2} aria-hidden />}
    >
      {verdict}
    </Badge>
  );
}
