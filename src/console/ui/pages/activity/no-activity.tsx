// No exchange to show: because there is none, or because of how one looks.

import { Button, Center, Code, Group, Loader, Text } from '@mantine/core';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useFilter, useRange } from '../../state/use-url.ts';

export function NoActivity({ pending, live }: { pending: boolean; live: boolean }) {
  const [filter, setFilter] = useFilter();
  const { set } = useRange();
  if (pending)
    return (
      <Center py={80}>
        <Loader size="sm" role="status" aria-label="Loading" />
      </Center>
    );
  if (live)
    return (
      <EmptyState title="Waiting for traffic">
        What passes the proxy appears here within a second{filter === '' ? '' : ', if it fits the filter'}.
      </EmptyState>
    );
  return (
    <EmptyState title={filter === '' ? 'Nothing was recorded in this span' : 'Nothing fits this filter'}>
      <Text size="sm" mb="sm">
        {filter === '' ? (
          <>
            Point clients to the proxy, or play a scene on this machine: <Code>npm run demo</Code>
          </>
        ) : (
          'Terms narrow each other down; alternatives go with commas (traffic:shadow,bypass) or OR.'
        )}
      </Text>
      <Group justify="center" gap="xs">
        {filter !== '' && (
          <Button size="xs" variant="default" onClick={() => setFilter('')}>
            Clear the filter
          </Button>
        )}
        <Button size="xs" variant="default" onClick={() => set({ span: '30d' })}>
          Look at the last 30 days
        </Button>
      </Group>
    </EmptyState>
  );
}
