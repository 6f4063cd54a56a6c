// Approvals in words: for whom, and what for.

import type { Approval } from '../../../../engine/policy/schema.ts';

export function approvedPeople({ groups = [], users = [] }: Approval): string {
  return [...groups.map((group) => `group ${group}`), ...users].join(', ') || 'everybody';
}

export function approvedTools({ tools, blockedTools }: Approval): string {
  return tools?.join(', ') ?? (blockedTools ? `all but ${blockedTools.join(', ')}` : 'all');
}
