// Which rules a flow matches, and on what evidence. Order of the result: strongest traffic class first, then level.

import { type Match, TRAFFIC } from '../verdict.ts';
import type { CompiledRule, RuleIndex } from './compile.ts';
import type { RuleInput } from './field.ts';

const NO_MATCHES: readonly Match[] = Object.freeze([]);
const LEVELS: readonly Match['level'][] = ['informational', 'low', 'medium', 'high', 'critical'];

/** Tries the rules that the signals of the flow wake. */
export function matchRules(input: RuleInput, index: RuleIndex): readonly Match[] {
  if (input.signals.length === 0 && index.always.length === 0) return NO_MATCHES;
  const woken = new Set<CompiledRule>(index.always);
  for (const signal of input.signals) {
    for (const rule of index.bySignal.get(signal.id) ?? []) woken.add(rule);
  }
  if (woken.size === 0) return NO_MATCHES;
  const matches: Match[] = [];
  for (const rule of woken) {
    if (rule.test(input)) matches.push(toMatch(rule, input));
  }
  return matches.length === 0 ? NO_MATCHES : matches.sort(byWeight);
}

function toMatch(rule: CompiledRule, input: RuleInput): Match {
  const { id: ruleId, title, level, tags, traffic } = rule;
  return { ruleId, title, level, tags, traffic, evidence: rule.evidence(input) };
}

function byWeight(a: Match, b: Match): number {
  return (
    TRAFFIC.indexOf(b.traffic) - TRAFFIC.indexOf(a.traffic) ||
    LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) ||
    (a.ruleId < b.ruleId ? -1 : 1)
  );
}
