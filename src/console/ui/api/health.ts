// How the appliance is, asked once for everything that shows it.

import { useQuery } from '@tanstack/react-query';
import type { Health } from '../../api/shapes.ts';
import { callApi } from './client.ts';

export function useHealth() {
  return useQuery({
    queryKey: ['/health'],
    queryFn: ({ signal }) => callApi<Health>('/health', { signal }),
    refetchInterval: 15_000,
  });
}
