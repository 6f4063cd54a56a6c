// A kept version of local policy, and what the history of them can do. Kept by store/policy-history.ts.

import { comparePolicy, summarizeSide } from './policy-changes.ts';
import type { PolicyTexts } from './policy-texts.ts';

/** Who changed policy, how and why. */
export interface PolicyChangeNote {
  actor: string;
  /** `approve`, `mode`, ...; `edit` for files that were changed by hand or by git; `first` for the first version known. */
  action: string;
  /** What was changed, '' if that is not one thing. */
  object: string;
  reason: string;
}

export interface PolicyVersion extends PolicyChangeNote {
  /** Counts up and is never used again. */
  number: number;
  /** Epoch milliseconds. */
  time: number;
  /** Of the content: versions with the same texts have the same. */
  id: string;
  texts: PolicyTexts;
}

export interface PolicyHistory {
  /** Newest first. */
  list(limit: number): PolicyVersion[];
  get(number: number): PolicyVersion | undefined;
  /** The version before, of those that are kept. */
  before(number: number): PolicyVersion | undefined;
  /**
   * Keeps a version, unless the newest has the same texts.
   *
   * @param time epoch milliseconds
   * @returns undefined if nothing was kept.
   */
  keep(texts: PolicyTexts, note: PolicyChangeNote, time: number): KeptVersion | undefined;
  /** Runs `act` while nobody else changes the history. What it kept is forgotten if it throws. */
  alone<T>(act: () => Promise<T>): Promise<T>;
  close(): void;
}

export interface KeptVersion {
  kept: PolicyVersion;
  /** The version that was the newest. */
  before: PolicyVersion | undefined;
}

/** Keeps what was found in the files without a command having put it there; undefined if the newest version says the same. */
export function keepFound(history: PolicyHistory, texts: PolicyTexts, reason: string, time: number): KeptVersion | undefined {
  const isFirst = history.list(1).length === 0;
  return history.keep(texts, { actor: '(files edited)', action: isFirst ? 'first' : 'edit', object: '', reason }, time);
}

/** What the audit log says of a version that was found. Nothing of the first one: there is nothing to compare it with. */
export function auditOfFound(found: KeptVersion | undefined) {
  if (found?.before === undefined) return undefined;
  const { kept, before } = found;
  const changes = comparePolicy(before.texts, kept.texts);
  return {
    action: 'policy.edit' as const,
    objectType: 'policy',
    objectId: String(kept.number),
    actor: kept.actor,
    reason: kept.reason,
    before: summarizeSide(changes, 'before'),
    after: summarizeSide(changes, 'after'),
  };
}
