// Rules become closures, and an index that says which rules a flow can wake at all.
//
// A rule whose every path needs a signal is filed under those signals; a flow without them never meets it. So a flow with
// no signals costs only the rules that need none (`always`), of which the shipped pack has none.

import { createMemory, type Memory } from '../remember.ts';
import type { Match } from '../verdict.ts';
import { type Condition, parseCondition, selectionsOf } from './condition.ts';
import { isRecurring, type RuleInput } from './field.ts';
import type { Woken } from './match.ts';
import { compilePredicate, type Predicate } from './predicate.ts';
import type { Rule, Selection } from './schema.ts';

export interface CompiledRule {
  id: string;
  title: string;
  status: Rule['status'];
  level: Match['level'];
  traffic: Match['traffic'];
  tags: readonly string[];
  /** One of these signals must be present; undefined if the rule can match without any. */
  gate: readonly string[] | undefined;
  /** It reads only fields whose values come in few combinations (field.ts). */
  recurs: boolean;
  test: (input: RuleInput) => boolean;
  /** What made a rule match that has matched. `isKept`: of which fields the input tells, for input that was stored; all unless told. */
  evidence: (input: RuleInput, isKept?: (field: string) => boolean) => Match['evidence'];
}

export interface RuleIndex {
  /** Rules to try on every flow. */
  always: readonly CompiledRule[];
  /** Rules to try when the signal is present. A rule appears under each signal of its gate. */
  bySignal: ReadonlyMap<string, readonly CompiledRule[]>;
  /** What combinations of signals gave so far (match.ts). */
  woken: Memory<Woken>;
}

/** Something wrong inside a rule; `path` leads to it, for the line number. */
export interface RuleProblem {
  path: readonly (string | number)[];
  message: string;
}

export class RuleProblems extends Error {
  readonly problems: readonly RuleProblem[];

  constructor(rule: Rule, problems: readonly RuleProblem[]) {
    super(`rule ${rule.id} (${rule.title}): ${problems.map((problem) => problem.message).join('; ')}`);
    this.name = 'RuleProblems';
    this.problems = problems;
  }
}

type Gate = ReadonlySet<string> | undefined;
interface CompiledSelection {
  /** Alternatives, each a list of lines that must all hold. */
  maps: readonly (readonly Predicate[])[];
  gate: Gate;
}

/**
 * Compiles one rule.
 *
 * @throws RuleProblems listing everything that is wrong, not only the first.
 */
export function compileRule(rule: Rule): CompiledRule {
  const problems: RuleProblem[] = [];
  const { condition: text, ...selections } = rule.detection;
  const compiled = new Map<string, CompiledSelection>();
  for (const [name, selection] of Object.entries(selections)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problems.push({
        path: ['detection', name],
        message: `selection ${JSON.stringify(name)} must be a word of letters, digits and _`,
      });
    }
    compiled.set(name, compileSelection(name, selection as Selection, problems));
  }
  const condition = parseInto(problems, text, [...compiled.keys()]);
  if (condition !== undefined) {
    const used = new Set(selectionsOf(condition));
    for (const name of compiled.keys()) {
      if (!used.has(name)) {
        problems.push({
          path: ['detection', name],
          message: `selection ${name} is not used in the condition; use it or remove it`,
        });
      }
    }
  }
  if (problems.length > 0 || condition === undefined) throw new RuleProblems(rule, problems);
  const gate = gateOf(condition, compiled);
  return {
    id: rule.id,
    title: rule.title,
    status: rule.status,
    level: rule.level,
    traffic: rule.traffic,
    tags: rule.tags,
    gate: gate && [...gate],
    recurs: [...compiled.values()].every(({ maps }) => maps.flat().every(({ field }) => isRecurring(field))),
    test: compileCondition(condition, compiled),
    evidence: (input, isKept = () => true) => collectEvidence(condition, compiled, input, isKept),
  };
}

function parseInto(problems: RuleProblem[], text: string, names: readonly string[]): Condition | undefined {
  try {
    return parseCondition(text, names);
  } catch (error) {
    problems.push({ path: ['detection', 'condition'], message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function compileSelection(name: string, selection: Selection, problems: RuleProblem[]): CompiledSelection {
  const isList = Array.isArray(selection);
  const maps = (isList ? selection : [selection]).map((map, index) =>
    Object.entries(map).flatMap(([key, value]) => {
      try {
        return [compilePredicate(key, value)];
      } catch (error) {
        const path = isList ? ['detection', name, index, key] : ['detection', name, key];
        problems.push({ path, message: error instanceof Error ? error.message : String(error) });
        return [];
      }
    }),
  );
  return { maps, gate: union(maps.map(gateOfMap)) };
}

/** Of the lines that all must hold, the narrowest gate speaks for all. */
function gateOfMap(predicates: readonly Predicate[]): Gate {
  return narrowest(predicates.map(({ gate }) => gate && new Set(gate)));
}

function gateOf(condition: Condition, selections: ReadonlyMap<string, CompiledSelection>): Gate {
  if (condition.op === 'selection') return selections.get(condition.name)?.gate;
  if (condition.op === 'not') return undefined;
  const gates = condition.items.map((item) => gateOf(item, selections));
  return condition.op === 'and' ? narrowest(gates) : union(gates);
}

function narrowest(gates: readonly Gate[]): Gate {
  return gates.reduce(
    (best, gate) => (gate !== undefined && (best === undefined || gate.size < best.size) ? gate : best),
    undefined,
  );
}

/** Any path may hold: every path must have a gate for the whole to have one. */
function union(gates: readonly Gate[]): Gate {
  const ids = new Set<string>();
  for (const gate of gates) {
    if (gate === undefined) return undefined;
    for (const id of gate) ids.add(id);
  }
  return ids;
}

function compileCondition(condition: Condition, selections: ReadonlyMap<string, CompiledSelection>): CompiledRule['test'] {
  if (condition.op === 'selection') {
    const { maps } = selections.get(condition.name)!;
    return (input) => maps.some((map) => map.every((predicate) => predicate.test(input)));
  }
  if (condition.op === 'not') {
    const test = compileCondition(condition.item, selections);
    return (input) => !test(input);
  }
  const tests = condition.items.map((item) => compileCondition(item, selections));
  return condition.op === 'and' ? (input) => tests.every((test) => test(input)) : (input) => tests.some((test) => test(input));
}

/** The selections that hold and that the condition asks for (not those below a `not`), line by line. */
function collectEvidence(
  condition: Condition,
  selections: ReadonlyMap<string, CompiledSelection>,
  input: RuleInput,
  isKept: (field: string) => boolean,
): { selection: string; field: string; value: string }[] {
  if (condition.op === 'not') return [];
  if (condition.op !== 'selection') return condition.items.flatMap((item) => collectEvidence(item, selections, input, isKept));
  const { maps } = selections.get(condition.name)!;
  const held = maps.find((map) => map.every(({ field, test }) => !isKept(field) || test(input)));
  return (held ?? []).map(({ field, show }) => ({
    ...{ selection: condition.name, field },
    value: isKept(field) ? show(input) : '(not stored)',
  }));
}

/** Compiles a pack. Deprecated rules keep their id and are never tried. */
export function compileRules(rules: readonly Rule[]): CompiledRule[] {
  return rules.map(compileRule);
}

/** Combinations of signals that are kept; twice as many at most. */
const MAX_COMBINATIONS = 512;

/** Files rules under the signals that wake them. */
export function indexRules(rules: readonly CompiledRule[]): RuleIndex {
  const always: CompiledRule[] = [];
  const bySignal = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    if (rule.status === 'deprecated') continue;
    if (rule.gate === undefined) always.push(rule);
    for (const id of rule.gate ?? []) bySignal.set(id, [...(bySignal.get(id) ?? []), rule]);
  }
  return { always, bySignal, woken: createMemory(MAX_COMBINATIONS) };
}
