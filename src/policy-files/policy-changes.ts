// What is different between two versions of policy, entry by entry: for the history, and for the audit of files that were changed
// by hand. Reads what is there, whether or not it fits the schemas: an old version may not.

import { parseText } from '../document.ts';
import { POLICY_NAMES, type PolicyTexts } from './policy-texts.ts';

export interface EntryChange {
  /** `approval of https://…`, `mode of traffic shadow for groups finance`, `exception ex-1`, `default mode`, ... */
  what: string;
  /** The entry; undefined where there was or is none. */
  before: unknown;
  after: unknown;
}

type Entries = Map<string, unknown>;
type Mapping = Record<string, unknown>;

/** Entries that were added, removed or changed, file by file. Without any, what else is different about the files. */
export function comparePolicy(before: PolicyTexts, after: PolicyTexts): EntryChange[] {
  return POLICY_NAMES.flatMap((name) => {
    if (before[name] === after[name]) return [];
    const [old, now] = [before, after].map((texts) => parseText(name, texts[name] ?? ''));
    const [had, has] = [entriesIn(name, old!.data), entriesIn(name, now!.data)];
    const changes = [...new Set([...had.keys(), ...has.keys()])]
      .map((what) => ({ what, before: had.get(what), after: has.get(what) }))
      .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
    if (changes.length > 0) return changes;
    if (old!.problems.length + now!.problems.length > 0)
      return [{ what: `${name}, which cannot be read`, before: undefined, after: undefined }];
    if (before[name] === undefined || after[name] === undefined) return [];
    const isOrder = JSON.stringify(old!.data ?? {}) !== JSON.stringify(now!.data ?? {});
    return [{ what: `${isOrder ? 'order of entries' : 'comments and layout'} in ${name}`, before: undefined, after: undefined }];
  });
}

/** One line for a person: `added approval of https://… (owner platform)`. */
export function describeChange({ what, before, after }: EntryChange): string {
  if (before === undefined && after === undefined) return `changed ${what}`;
  if (before === undefined) return `added ${what}${details(what, after)}`;
  if (after === undefined) return `removed ${what}${details(what, before)}`;
  if (!isMapping(before) || !isMapping(after)) return `changed ${what}: ${show(before)} → ${show(after)}`;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const parts = keys.map((key) => {
    if (before[key] === undefined) return `${key} ${show(after[key])} added`;
    return after[key] === undefined ? `${key} ${show(before[key])} removed` : `${key} ${show(before[key])} → ${show(after[key])}`;
  });
  return `changed ${what}: ${parts.join(', ')}`;
}

/** The entries on one side of changes as JSON, by what they are; with very many, what they are alone. '' if there are none. */
export function summarizeSide(changes: readonly EntryChange[], side: 'before' | 'after'): string {
  const entries = changes.flatMap((change) => {
    const isElse = change.before === undefined && change.after === undefined;
    const entry = isElse && side === 'after' ? 'changed' : change[side];
    return entry === undefined ? [] : [[change.what, entry] as const];
  });
  if (entries.length === 0) return '';
  const whole = JSON.stringify(Object.fromEntries(entries));
  if (whole.length <= LONGEST) return whole;
  const names = entries.map(([what]) => what);
  while (JSON.stringify(names).length > LONGEST) names.splice(-Math.ceil(names.length / 10));
  return JSON.stringify({ entries: entries.length, names });
}

/** Characters of one side in an audit event. */
const LONGEST = 8_000;

/** Keys that name an entry and need not be repeated behind its name. */
const NAMES = ['url', 'id', 'rule', 'tag', 'traffic', 'all'];
const SCOPE = ['users', 'groups', 'networks', 'hosts', 'when'];

function entriesIn(name: string, data: unknown): Entries {
  const entries: Entries = new Map();
  const put = (what: string, entry: unknown): void => {
    let unique = what;
    for (let count = 2; entries.has(unique); count++) unique = `${what} (${count})`;
    entries.set(unique, entry);
  };
  const document = isMapping(data) ? data : {};
  const each = (key: string, nameOf: (entry: Mapping) => string): void => {
    const list = document[key];
    for (const entry of Array.isArray(list) ? list : []) if (isMapping(entry)) put(nameOf(entry), entry);
  };
  if (name === 'approved.yml') {
    each('servers', ({ url }) => `approval of ${show(url)}`);
    each('portals', ({ url }) => `portal ${show(url)}`);
    each('gateways', ({ name }) => `gateway ${show(name)}`);
  } else if (name === 'modes.yml') {
    if (document.default !== undefined) put('default mode', document.default);
    if (document.pause !== undefined) put('pause', document.pause);
    each('modes', modeName);
    each('blocked', ({ url }) => `block of ${show(url)}`);
  } else if (name === 'exceptions.yml') each('exceptions', ({ id }) => `exception ${show(id)}`);
  else if (name === 'passthrough.yml') each('hosts', ({ host }) => `passthrough of host ${show(host)}`);
  else if (name === 'groups.yml') {
    for (const [group, entry] of Object.entries(isMapping(document.groups) ? document.groups : {})) put(`group ${group}`, entry);
  } else each('profiles', ({ id }) => `DLP profile ${show(id)}`);
  return entries;
}

function modeName(entry: Mapping): string {
  const target = ['rule', 'tag', 'traffic'].find((key) => entry[key] !== undefined);
  const scope = SCOPE.filter((key) => entry[key] !== undefined).map((key) => `${key} ${show(entry[key])}`);
  return `mode of ${target === undefined ? 'all' : `${target} ${show(entry[target])}`}${scope.length > 0 ? ` for ${scope.join(', ')}` : ''}`;
}

/** What the name of the entry does not say already. */
function details(what: string, entry: unknown): string {
  if (!isMapping(entry)) return `: ${show(entry)}`;
  const parts = Object.entries(entry)
    .filter(([key]) => !NAMES.includes(key))
    .map(([key, value]) => `${key} ${show(value)}`)
    .filter((part) => !what.includes(part));
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(' ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
