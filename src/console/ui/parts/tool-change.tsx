// A change of a tool's definition, or what looks wrong about it: what fails which check, and each text before and after.

import { Group, Stack, Text } from '@mantine/core';
import type { ServerFinding } from '../../api/shapes.ts';
import { CheckList } from './check-list.tsx';
import { DiffView } from './diff-view.tsx';
import { LevelBadge } from './level-badge.tsx';
import { Time } from './time.tsx';
import { Untrusted } from './untrusted.tsx';

export function ToolChange({ change }: { change: ServerFinding }) {
  const { level, tool, summary, ts, checks, evidence } = change;
  return (
    <article aria-label={`Finding about ${tool}`}>
      <Group gap={8} mb={4}>
        <LevelBadge level={level} />
        <Text size="sm" fw={600}>
          <Untrusted text={tool} mono />
        </Text>
        <Text size="xs" c="dimmed">
          <Time at={ts} form="full" />
        </Text>
      </Group>
      <Text size="sm" mb={6}>
        <Untrusted text={summary} />
      </Text>
      <CheckList checks={checks} evidence={evidence} />
      <Stack gap="xs">
        {change.fields.map((field, at) => (
          <div key={field}>
            <Text size="xs" c="dimmed">
              <Untrusted text={field} mono />
            </Text>
            <DiffView label={`Change of ${field}`} lines={linesOf(change.before[at] ?? '', change.after[at] ?? '')} />
          </div>
        ))}
      </Stack>
    </article>
  );
}

function linesOf(before: string, after: string) {
  const lines = (sign: '-' | '+', text: string) => (text === '' ? [] : text.split('\n').map((line) => ({ sign, text: line })));
  return [...lines('-', before), ...lines('+', after)];
}
