// Findings in words, and which of them a person wants to see.

import type { Finding } from '../../../api/shapes.ts';
import { termFor } from '../../parts/filter-bar-text.ts';
import { hasWords } from '../../parts/has-words.ts';
import { userTerm } from '../users/user-term.ts';

export const FINDING_KINDS: Readonly<Record<Finding['kind'], string>> = {
  shadow: 'Shadow server',
  bypass: 'Past the portal',
  hosted: 'Called by a vendor',
  attached: 'Attached to a client',
  dlp: 'Sensitive data',
  'tool-changed': 'Tool changed',
  'tool-suspicious': 'Suspicious tool',
};

export interface FindingView {
  /** A state, `all`, or '' for what is not resolved. */
  state: string;
  /** '' for every one. */
  kind: string;
  level: string;
  /** A name, '' for everybody's. */
  assignee: string;
  search: string;
}

export function showsFinding(finding: Finding, { state, kind, level, assignee, search }: FindingView): boolean {
  if (state === '' ? finding.state === 'resolved' : state !== 'all' && finding.state !== state) return false;
  if (kind !== '' && finding.kind !== kind) return false;
  if (level !== '' && finding.level !== level) return false;
  if (assignee !== '' && finding.assignee !== assignee) return false;
  const { serverKey, user, summary, note } = finding;
  return hasWords([serverKey, user, summary, note, finding.assignee, FINDING_KINDS[finding.kind]].join(' '), search);
}

/** A filter of the activity that shows what a finding is made of. */
export function findingFilter({ kind, serverKey, user }: Finding): string {
  return [
    serverKey !== '' && termFor('server', serverKey),
    user !== '' && userTerm(user),
    kind === 'dlp' ? 'dlp:>0' : !kind.startsWith('tool') && `traffic:${kind}`,
  ]
    .filter((term) => term !== false)
    .join(' ');
}
