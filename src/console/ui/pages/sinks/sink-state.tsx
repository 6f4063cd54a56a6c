// How a sink does, in one word: its receiver takes nothing, it is behind, or all is well.

import { Badge } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { Sink } from '../../../api/shapes.ts';
import { sinkState } from './sink-words.ts';

export function SinkState({ sink }: { sink: Sink }) {
  const state = sinkState(sink);
  const calm = state === 'sending' || state === 'quiet';
  return (
    <Badge
      variant="default"
      leftSection={
        calm ? (
          <IconCircleCheck size={13} color="var(--good)" aria-hidden />
        ) : (
          <IconAlertTriangle size={13} color="var(--bad)" aria-hidden />
        )
      }
    >
      {state}
    </Badge>
  );
}
