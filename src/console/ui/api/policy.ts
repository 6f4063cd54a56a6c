// The policy in force, and changing it on top of what a person saw.

import { useState } from 'react';
import type { PolicyChange, PolicyDocuments } from '../../api/shapes.ts';
import { useChangePolicy } from './change-policy.ts';
import { ApiError } from './client.ts';
import { useRead } from './read.ts';

export function usePolicy() {
  return useRead<PolicyDocuments>('/policy', {}, { ranged: false });
}

/**
 * For dialogs: the policy as it was when the dialog opened. A change is made on top of exactly that; once it is refused because
 * somebody was faster, the newer policy is what the person sees, and the next attempt builds on it.
 */
export function useSeenPolicy() {
  const { data, refetch, isFetching } = usePolicy();
  const [seen, setSeen] = useState<PolicyDocuments>();
  const { mutateAsync } = useChangePolicy();
  // What is kept from before may be older than a change of one's own.
  if (seen === undefined && data !== undefined && !isFetching) setSeen(data);

  /** Runs a change on top of what was seen. @throws what the API refuses */
  async function onTop<T>(change: (etag: string) => Promise<T>): Promise<T> {
    try {
      return await change(seen?.etag ?? '');
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) setSeen((await refetch()).data);
      throw error;
    }
  }

  return {
    policy: seen,
    onTop,
    apply: (change: PolicyChange, comment: string, done: string) => onTop((etag) => mutateAsync({ change, comment, done, etag })),
  };
}
