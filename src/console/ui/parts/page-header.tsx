// Head of a page: its title (also the browser's), one sentence about what it answers, and its actions.

import { Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface PageHeaderProps {
  title: string;
  /** What the page answers. */
  about?: string;
  /** Actions, at the right. */
  children?: ReactNode;
}

export function PageHeader({ title, about, children }: PageHeaderProps) {
  useDocumentTitle(`${title} · Daylight`);
  return (
    <Group justify="space-between" align="flex-end" mb="md" gap="sm">
      <div>
        <Title order={1} size="h2" id="page-title" tabIndex={-1}>
          {title}
        </Title>
        {about && (
          <Text c="dimmed" size="sm">
            {about}
          </Text>
        )}
      </div>
      {children && (
        <Group gap="xs" className="no-print">
          {children}
        </Group>
      )}
    </Group>
  );
}
