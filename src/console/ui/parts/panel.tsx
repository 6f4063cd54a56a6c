// A card with a heading, in which pages put what belongs together.

import { Group, Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface PanelProps {
  title: string;
  about?: string;
  /** At the right of the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, about, actions, children }: PanelProps) {
  const id = useId();
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      aria-labelledby={id}
      style={{ borderColor: 'var(--line)', minWidth: 0, height: '100%' }}
    >
      <Group justify="space-between" mb="sm" gap="xs" wrap="nowrap" align="flex-start">
        {/* The words give way before the actions do: a button keeps its label. */}
        <div style={{ flex: '1 1 0' }}>
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {about && (
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
