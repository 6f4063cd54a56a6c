// Decides a request, and loads again what follows from it: also when somebody else was faster.

import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import type { ApproveRequest, DenyRequest } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';

/** @throws what the API refuses */
export function useDecide(id: string) {
  const client = useQueryClient();
  return async (how: 'approve' | 'deny', body: ApproveRequest | DenyRequest): Promise<void> => {
    try {
      await callApi(`/requests/${encodeURIComponent(id)}/${how}`, { method: 'POST', body });
      notifications.show({ message: how === 'approve' ? 'Approved. They can go on at once.' : 'Denied.', color: 'green' });
    } finally {
      void client.invalidateQueries();
    }
  };
}
