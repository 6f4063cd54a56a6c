// Which rules a flow matches, and on what evidence. Order of the result: strongest traffic class first, then level.
//
// Most rules look at signals, score, phase and method alone, and these come in few combinations: what such rules say of one
// combination is kept with the index, so it lives as long as its snapshot. Rules that look at more are tried every time.

import type { Memory } from '../remember.ts';
import { type Match, TRAFFIC } from '../verdict.ts';
import type { CompiledRule, RuleIndex } from './compile.ts';
import type { RuleInput } from './field.ts';

const NO_MATCHES: readonly Match[] = Object.freeze([]);
const LEVELS: readonly Match['level'][] = ['informational', 'low', 'medium', 'high', 'critical'];
/** Longer combinations are judged anew: they seldom come twice. */
const LONGEST_KEY = 2048;

/** What one combination of signals gives. */
export interface Woken {
  /** Matches of the rules that look at nothing else. */
  settled: readonly Match[];
  /** Rules that look at more. */
  open: readonly CompiledRule[];
}

/** Tries the rules that the signals of the flow wake. */
export function matchRules(input: RuleInput, index: RuleIndex): readonly Match[] {
  if (input.signals.length === 0 && index.always.length === 0) return NO_MATCHES;
  const { settled, open } = recall(input, index, index.woken);
  if (open.length === 0) return settled;
  const found = open.filter((rule) => rule.test(input));
  if (found.length === 0) return settled;
  return [...settled, ...found.map((rule) => toMatch(rule, input))].sort(byWeight);
}

function recall(input: RuleInput, index: RuleIndex, memory: Memory<Woken>): Woken {
  const key = combinationOf(input);
  if (key.length > LONGEST_KEY) return wake(input, index);
  let woken = memory.get(key);
  if (woken === undefined) {
    woken = wake(input, index);
    memory.set(key, woken);
  }
  return woken;
}

/** Everything that a rule which `recurs` can read (field.ts), without ambiguity: signals hold no line break, the method is last. */
function combinationOf({ flow, signals, score }: RuleInput): string {
  const { phase, message, request } = flow;
  let key = `${phase}\n${message?.via ?? ''}\n${message?.direction ?? ''}\n${score.kind}\n${score.confidence}\n${score.decided}\n${signals.length}`;
  for (const { id, value } of signals) key += `\n${id}=${value}`;
  return `${key}\n${request.method}`;
}

function wake(input: RuleInput, index: RuleIndex): Woken {
  const rules = new Set<CompiledRule>(index.always);
  for (const signal of input.signals) {
    for (const rule of index.bySignal.get(signal.id) ?? []) rules.add(rule);
  }
  const settled: Match[] = [];
  const open: CompiledRule[] = [];
  for (const rule of rules) {
    if (!rule.recurs) open.push(rule);
    else if (rule.test(input)) settled.push(toMatch(rule, input));
  }
  return { settled: settled.length === 0 ? NO_MATCHES : Object.freeze(settled.sort(byWeight)), open };
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
