// Edits `modes.yml`: what happens on a match, and the pause. Each function is one edit (policy-document.ts).
//
// A mode is set for a target (rule, tag, class of traffic, everything) and a scope (users, groups, networks, hosts). Beside the line
// that lasts there may be one for each way to begin carefully: from a date on, until a date, for a canary share. Setting the
// lasting mode ends them. Lines of other scopes are never touched.

import type { YAMLMap } from 'yaml';
import type { Mode, Pause } from '../engine/policy/schema.ts';
import type { ScopeSource } from '../engine/policy/scope.ts';
import { TRAFFIC, type Traffic } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { editPolicy, insert, listIn, maps, type PolicyChange, setKey, update } from './policy-document.ts';

/** What a mode can be set for. */
export type ModeTarget = { rule: string } | { tag: string } | { traffic: Traffic } | { all: true };

export interface ModeOptions extends Omit<ScopeSource, 'when'> {
  /** `10%` */
  canary?: string | undefined;
  comment?: string | undefined;
  by?: string | undefined;
}

/** Keys that limit an entry to some of the traffic. */
const SCOPE_KEYS = ['users', 'groups', 'networks', 'hosts', 'when'] as const;
/** Keys of an entry that does not last, or not for everybody in its scope. */
const STAGE_KEYS = ['after', 'until', 'canary'] as const;
/** From general to specific, because later lines win. */
const KINDS = ['all', 'traffic', 'tag', 'rule'];

/**
 * Sets the mode of a target in a scope, which is everybody unless the options limit it.
 *
 * @throws DaylightError ERR_POLICY_INVALID; nothing is written then.
 */
export function setMode(rules: string, target: ModeTarget, mode: Mode, options: ModeOptions = {}): Promise<PolicyChange> {
  const [kind, id] = Object.entries(target)[0] as [string, string | true];
  const wanted = { [kind]: id, mode, ...options };
  const isLimited = scopeOf(wanted) !== NO_SCOPE;
  return editPolicy(rules, 'mode', id === true ? 'default' : id, ({ modes }) => {
    const list = listIn(modes, 'modes');
    const state = (): unknown[] => {
      const lines = maps(list).filter((item) => item.get(kind) === id && scopeOf(item.toJSON()) === scopeOf(wanted));
      return id === true && !isLimited ? [{ default: modes.get('default') ?? 'log' }, ...lines] : lines;
    };
    const before = state().map(toPlain);
    const same = maps(list).filter((item) => item.get(kind) === id && scopeOf(item.toJSON()) === scopeOf(wanted));
    const lasts = stageOf(wanted) === '';
    const ofStage = same.filter((item) => stageOf(item.toJSON()) === stageOf(wanted));
    for (const item of lasts ? same : ofStage) list.items.splice(list.items.indexOf(item), 1);
    const [known] = ofStage;
    if (id === true && lasts && !isLimited) setKey(modes, 'default', mode);
    else {
      const index = placeFor(kind, isLimited, list);
      if (known) {
        // A reason for another mode is no reason for this one.
        if (known.get('mode') !== mode) known.delete('comment');
        update(modes, known, wanted);
        list.items.splice(index, 0, known);
      } else insert(modes, list, wanted, index);
    }
    return { before, after: state().map(toPlain) };
  });
}

/**
 * Behind every line that is as general or more, so that the new one counts; before what is more specific. One for everybody goes
 * before those that are limited, too, which stay in force.
 */
function placeFor(kind: string, isLimited: boolean, list: ReturnType<typeof listIn>): number {
  const above = maps(list).filter((item) => {
    const isMoreSpecific = KINDS.indexOf(kindOf(item)) > KINDS.indexOf(kind);
    return !isMoreSpecific && (isLimited || scopeOf(item.toJSON()) === NO_SCOPE);
  });
  const last = above.at(-1);
  return last ? list.items.indexOf(last) + 1 : 0;
}

function kindOf(item: YAMLMap): string {
  return KINDS.find((kind) => item.has(kind)) ?? '';
}

function scopeOf(entry: Record<string, unknown>): string {
  return SCOPE_KEYS.map((key) => {
    const value = entry[key];
    return Array.isArray(value) ? JSON.stringify(value.toSorted()) : String(value ?? '');
  }).join(' ');
}

const NO_SCOPE = scopeOf({});

function stageOf(entry: Record<string, unknown>): string {
  return STAGE_KEYS.filter((key) => entry[key] !== undefined).join(' ');
}

function toPlain(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'toJSON' in entry ? (entry as YAMLMap).toJSON() : entry;
}

/** Nothing is blocked until then, whatever the rest of policy says. A pause that holds already is replaced. */
export function pauseProtection(rules: string, pause: Pause): Promise<PolicyChange> {
  return editPolicy(rules, 'pause', pause.until, ({ modes }) => {
    const before = modes.toJS()?.pause;
    setKey(modes, 'pause', pause);
    return { before, after: pause };
  });
}

/** Ends a pause. @throws DaylightError ERR_POLICY_INVALID if there is none. */
export function resumeProtection(rules: string): Promise<PolicyChange> {
  return editPolicy(rules, 'resume', '', ({ modes }) => {
    const before = modes.toJS()?.pause as Pause | undefined;
    if (before === undefined) throw new DaylightError('ERR_POLICY_INVALID', 'protection is not paused');
    modes.delete('pause');
    return { object: before.until, before, after: undefined };
  });
}

/**
 * A mode target from what a person typed: `default`, a traffic class, a tag that a rule bears, or a rule id (or its unique
 * beginning).
 */
export function modeTarget(text: string, rules: readonly { id: string; tags: readonly string[] }[]): ModeTarget {
  if (text === 'default') return { all: true };
  if ((TRAFFIC as readonly string[]).includes(text)) return { traffic: text as Traffic };
  const exact = rules.find((rule) => rule.id === text);
  if (exact) return { rule: exact.id };
  if (rules.some((rule) => rule.tags.includes(text))) return { tag: text };
  const matching = text === '' ? [] : rules.filter((rule) => rule.id.startsWith(text.toLowerCase()));
  if (matching.length === 1) return { rule: matching[0]!.id };
  const why =
    matching.length > 1 ? `is the beginning of ${matching.length} rule ids: ${matching.map((rule) => rule.id).join(', ')}` : '';
  throw new DaylightError(
    'ERR_USAGE',
    `${JSON.stringify(text)} ${why || 'is no rule id, tag or traffic class'}; "daylight rules list" shows them all`,
  );
}
