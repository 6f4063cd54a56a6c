// Which mode the mode list gives to a match: the last entry that names the rule, one of its tags, the traffic class or
// everything, whose time it is, whose scope fits and whose canary share holds the client; else the default. Weak evidence alone
// is never blocked by a default, be it that of everybody or an entry for everything.

import type { Match, PolicyStep, Traffic } from '../verdict.ts';
import { compileCanary } from './canary.ts';
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
  return { default: byDefault, entries: entries.map((entry) => ({ entry, scope: compileModeScope(entry) })).reverse() };
}

/**
 * When and for whom an entry counts.
 *
 * @throws Error that names the offending value.
 */
export function compileModeScope(entry: ModeEntry): Scope {
  const scope = compileScope(entry);
  if (entry.canary === undefined) return scope;
  const canary = compileCanary(entry.canary, targetOf(entry));
  return (input) => canary(input.flow) && scope(input);
}

/** What an entry is for, in words: `rule ID`, `tag TAG`, `traffic CLASS` or `all`. */
export function targetOf({ rule, tag, traffic }: ModeEntry): string {
  if (rule !== undefined) return `rule ${rule}`;
  if (tag !== undefined) return `tag ${tag}`;
  return traffic === undefined ? 'all' : `traffic ${traffic}`;
}

/** @param traffic the class of the match after approvals, e.g. `bypass`. */
export function findMode(match: Match, traffic: Traffic, input: WhenInput, modes: CompiledModes): ModeFinding {
  for (const { entry, scope } of modes.entries) {
    const named = nameOf(entry, match, traffic);
    if (named === undefined || !scope({ ...input, traffic })) continue;
    return { mode: named.step === 'default-mode' ? asDefault(entry.mode, traffic) : entry.mode, ...named };
  }
  return { mode: asDefault(modes.default, traffic), step: 'default-mode', id: '' };
}

function asDefault(mode: Mode, traffic: Traffic): Mode {
  return traffic === 'suspect' && mode === 'block' ? 'log' : mode;
}

function nameOf(entry: ModeEntry, match: Match, traffic: Traffic): Pick<ModeFinding, 'step' | 'id'> | undefined {
  if (entry.rule !== undefined) return entry.rule === match.ruleId ? { step: 'rule-mode', id: entry.rule } : undefined;
  if (entry.tag !== undefined) return match.tags.includes(entry.tag) ? { step: 'tag-mode', id: entry.tag } : undefined;
  if (entry.all === true) return { step: 'default-mode', id: 'all' };
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
