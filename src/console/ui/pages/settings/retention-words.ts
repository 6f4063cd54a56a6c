// What the keys of `store.retention` are about, and what a change of them means.

import type { RetentionDays } from '../../../api/shapes.ts';

export const RETENTION_WORDS: Readonly<Record<string, string>> = {
  flows: 'Exchanges',
  calls: 'Calls to MCP servers and models',
  dlp: 'DLP findings',
  counts: 'Counts of other traffic',
  rollups: 'What reports are made from',
  tools: 'Definitions of tools',
  findings: 'Findings about tools',
  audit: 'Audit log',
  excerpts: 'Excerpts, in rows that stay',
};

/** The days that differ, and the keys of which rows will be deleted. */
export function changedDays(
  keys: readonly { key: string; days: number }[],
  days: Readonly<Record<string, number>>,
): { changed: RetentionDays; shorter: string[] } {
  const differing = keys.filter((each) => days[each.key] !== undefined && days[each.key] !== each.days);
  const changed = Object.fromEntries(differing.map(({ key }) => [key, days[key]!])) as RetentionDays;
  return { changed, shorter: differing.filter((each) => days[each.key]! < each.days).map(({ key }) => key) };
}
