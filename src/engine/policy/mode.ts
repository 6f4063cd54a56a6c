// Which mode the mode list gives to a match: the last entry that names the rule, one of its tags or the traffic class, whose
// date has come and whose scope fits; else the default. Weak evidence alone is never blocked by the default.

import type { Match, PolicyStep, Traffic } from '../verdict.ts';
import type { Mode, ModeEntry } from './schema.ts';
import { compileScope, type Scope } from './scope.ts';
import type { WhenInput } from './when.ts';

export interface CompiledModes {
  default: Mode;
  /** Last entry first. */
  entries: readonly { entry: ModeEntry; scope: Scope }[];
}

/** What the list says, and which line says it. */
export interface ModeFinding {
  mode: Mode;
  step: Extract<PolicyStep['step'], 'rule-mode' | 'tag-mode' | 'traffic-mode' | 'default-mode'>;
  id: string;
}

/**
 * Compiles the mode list.
 *
 * @throws Error that names the offending value.
 */
export function compileModes(byDefault: Mode, entries: readonly ModeEntry[]): CompiledModes {
  return { default: byDefault, entries: entries.map((entry) => ({ entry, scope: compileScope(entry) })).reverse() };
}

/** @param traffic the class of the match after approvals, e.g. `bypass`. */
export function findMode(match: Match, traffic: Traffic, input: WhenInput, modes: CompiledModes): ModeFinding {
  for (const { entry, scope } of modes.entries) {
    const named = nameOf(entry, match, traffic);
    if (named !== undefined && scope({ ...input, traffic })) return { mode: entry.mode, ...named };
  }
  const weakOnly = traffic === 'suspect' && modes.default === 'block';
  return { mode: weakOnly ? 'log' : modes.default, step: 'default-mode', id: '' };
}

function nameOf(entry: ModeEntry, match: Match, traffic: Traffic): Pick<ModeFinding, 'step' | 'id'> | undefined {
  if (entry.rule !== undefined) return entry.rule === match.ruleId ? { step: 'rule-mode', id: entry.rule } : undefined;
  if (entry.tag !== undefined) return match.tags.includes(entry.tag) ? { step: 'tag-mode', id: entry.tag } : undefined;
  return entry.traffic === traffic ? { step: 'traffic-mode', id: entry.traffic } : undefined;
}

/**
 * The rule or tag that the list blocks at present, for a server that was blocked on its answer: its next request may match
 * other rules than the answer did.
 */
export function findStandingBlock(input: WhenInput, modes: CompiledModes): Pick<ModeFinding, 'step' | 'id'> | undefined {
  const decided = new Set<string>();
  for (const { entry, scope } of modes.entries) {
    const id = entry.rule ?? entry.tag;
    if (id === undefined || decided.has(id) || !scope(input)) continue;
    decided.add(id);
    if (entry.mode === 'block') return { step: entry.rule === undefined ? 'tag-mode' : 'rule-mode', id };
  }
  return undefined;
}
