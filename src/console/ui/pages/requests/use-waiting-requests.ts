// How many requests wait for an answer, for the navigation.

import type { Page, RequestForApproval } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { useLater } from '../../shell/use-later.ts';

export function useWaitingRequests(): number | undefined {
  const { data } = useRead<Page<RequestForApproval>>(
    '/requests',
    { state: 'pending', limit: 500 },
    { ranged: false, everySeconds: 60, enabled: useLater() },
  );
  return data?.items.filter(({ state }) => state === 'pending').length;
}
