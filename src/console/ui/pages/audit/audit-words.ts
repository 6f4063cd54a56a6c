// The words of an entry of the audit log: kinds of acts, who it was, and its two sides as texts that can be compared line by line.

import type { AuditEntry } from '../../../api/shapes.ts';

/** Kinds of acts, as the API takes them. */
export const ACTS: readonly { value: string; label: string }[] = [
  { value: 'policy.*', label: 'Changes of policy' },
  { value: 'request*', label: 'Requests for approval' },
  { value: 'finding.*', label: 'Findings' },
  { value: 'server.*', label: 'Notes on servers' },
  { value: 'event*', label: 'Events read or deleted' },
  { value: 'session.*', label: 'Signing in and out' },
  { value: 'account.*', label: 'Accounts' },
  { value: 'invite.*', label: 'Invitations' },
  { value: 'token.*', label: 'API tokens' },
  { value: 'proxy-token.*', label: 'Proxy tokens' },
  { value: 'rules.*', label: 'Rule pack' },
  { value: 'sink.*', label: 'Sinks' },
  { value: 'settings.*', label: 'Settings' },
  { value: 'backup.*', label: 'Backups' },
];

/** Nobody had signed in when somebody tried a name or a link. */
export function actorText({ actor }: Pick<AuditEntry, 'actor'>): string {
  return actor === '' ? '(nobody signed in)' : actor;
}

/** JSON with one member a line, in a fixed order, so that only what changed differs. Other text stays as it is. */
export function sideText(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.stringify(sorted(JSON.parse(text)), undefined, 2);
  } catch {
    return text;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
