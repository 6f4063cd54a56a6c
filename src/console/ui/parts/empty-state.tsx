// Nothing to show: says why, and what to do next.

import { Stack, Text, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import IconSunrise from '@tabler/icons-react/dist/esm/icons/IconSunrise.mjs';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  title: string;
  icon?: Icon;
  /** It is all there is on the page. */
  main?: boolean;
  /** The next step: words, code, buttons. */
  children?: ReactNode;
}

export function EmptyState({ title, icon: Glyph = IconSunrise, main, children }: EmptyStateProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Glyph size={36} stroke={1.4} color="var(--mantine-primary-color-filled)" aria-hidden />
      <Title order={main ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={520} component="div">
        {children}
      </Text>
    </Stack>
  );
}
