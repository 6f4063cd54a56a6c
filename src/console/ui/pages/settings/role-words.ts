// What each role may do, as a sentence.

import type { Role } from '../../../../account.ts';

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'Sees figures, servers, rules and reports; no stored content.',
  analyst: 'Also reads stored content, works on findings, simulates and tests.',
  operator: 'Also changes policy: modes, approvals, exceptions, pauses, requests.',
  admin: 'Also looks after accounts, tokens of others and settings.',
};
