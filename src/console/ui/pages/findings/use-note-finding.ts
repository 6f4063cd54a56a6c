// Notes how far it is with a finding.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FindingChange } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';

export function useNoteFinding(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: FindingChange) => callApi(`/findings/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ['/findings'] }),
  });
}
