// The words of an entry of the audit log: what can be searched, and its two sides as texts that can be compared line by line.

import type { AuditEntry } from '../../../api/shapes.ts';

/** Nobody had signed in when somebody tried a name or a link. */
export function actorText({ actor }: Pick<AuditEntry, 'actor'>): string {
  return actor === '' ? '(nobody signed in)' : actor;
}

export function wordsOf(entry: AuditEntry): string {
  const { action, object_type, object_id, reason, outcome } = entry;
  return [actorText(entry), action, object_type, object_id, reason, outcome].join(' ');
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
