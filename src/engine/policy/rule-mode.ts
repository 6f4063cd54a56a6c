// The mode that a rule has for everybody today, which line of modes.yml says so, and the modes that begin later. Lines for some
// clients, networks or hosts alone are left out.

import { endOf, startOf } from './date.ts';
import type { Mode, ModeEntry, Policy } from './schema.ts';

export interface RuleMode {
  mode: Mode;
  /** What decides, as in a verdict. */
  from: { step: 'rule-mode' | 'tag-mode' | 'traffic-mode' | 'default-mode'; id: string };
  after: { mode: Mode; from: string }[];
}

interface KnownRule {
  id: string;
  tags: readonly string[];
  traffic: string;
}

/** @param now epoch milliseconds */
export function ruleModeForAll(rule: KnownRule, { modes }: Policy, now: number): RuleMode {
  const fitting = modes.modes.filter((entry) => {
    const limited = entry.users ?? entry.groups ?? entry.networks ?? entry.hosts ?? entry.when ?? entry.canary;
    if (limited !== undefined || endOf(entry.until) <= now) return false;
    return isFor(entry, rule);
  });
  const current = fitting.findLast((entry) => startOf(entry.after) <= now);
  const after = fitting.flatMap((entry) =>
    entry.after !== undefined && startOf(entry.after) > now ? [{ mode: entry.mode, from: entry.after }] : [],
  );
  const mode = current?.mode ?? modes.default;
  const isDefault = current === undefined || current.all === true;
  return { mode: isDefault && mode === 'block' && rule.traffic === 'suspect' ? 'log' : mode, from: originOf(current), after };
}

function isFor({ rule, tag, traffic, all }: ModeEntry, { id, tags, traffic: itsTraffic }: KnownRule): boolean {
  return all === true || rule === id || traffic === itsTraffic || (tag !== undefined && tags.includes(tag));
}

function originOf(entry: ModeEntry | undefined): RuleMode['from'] {
  if (entry?.rule !== undefined) return { step: 'rule-mode', id: entry.rule };
  if (entry?.tag !== undefined) return { step: 'tag-mode', id: entry.tag };
  if (entry?.traffic !== undefined) return { step: 'traffic-mode', id: entry.traffic };
  return { step: 'default-mode', id: '' };
}
