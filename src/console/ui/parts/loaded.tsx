// The three states of what is asked of the API: on its way, failed, there.

import { Center, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorState } from './error-state.tsx';

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** @param asked what `useRead` or `useQuery` gave */
export function Loaded<T>({ asked, children }: { asked: Asked<T>; children: (data: T) => ReactNode }) {
  if (asked.data !== undefined) return children(asked.data);
  if (asked.error) return <ErrorState error={asked.error} retry={asked.refetch} />;
  return (
    <Center py="xl">
      <Loader size="sm" role="status" aria-label="Loading" />
    </Center>
  );
}
