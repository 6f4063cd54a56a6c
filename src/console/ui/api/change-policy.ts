// Changing policy: reads the version in force, asks for the change on top of it, and loads again what may have changed. A change that
// somebody else made in between is no loss: the API answers 412, and the person is asked to look again.

import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { PolicyChange, PolicyDocuments } from '../../api/shapes.ts';
import { ApiError, callApi } from './client.ts';

export interface PolicyEdit {
  change: PolicyChange;
  /** Why, for the audit log. */
  comment: string;
  /** What to say when it is done. */
  done: string;
  /** The version that the person looked at; the one in force if absent. */
  etag?: string;
}

export function useChangePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ change, comment, etag }: PolicyEdit) => {
      const version = etag ?? (await callApi<PolicyDocuments>('/policy')).etag;
      return callApi('/policy/changes', { method: 'POST', body: { change, comment }, etag: version });
    },
    onSuccess: (_answer, { done }) => {
      notifications.show({ message: done, color: 'green' });
      // Verdicts, inventory and counts all follow policy.
      void client.invalidateQueries();
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) void client.invalidateQueries();
    },
  });
}

/** What to tell a person about a fault. */
export function faultText(error: unknown): string {
  if (error instanceof ApiError && error.status === 412)
    return 'Somebody changed the policy meanwhile. What you see is loaded again: check it, then confirm once more.';
  return error instanceof Error ? error.message : 'Something went wrong that Daylight has no words for.';
}
