// A part of a drawer: a heading, and what belongs below it.

import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={3} size="h6" mb={8} id={id}>
        {title}
      </Title>
      {children}
    </section>
  );
}
