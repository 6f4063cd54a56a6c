// Replaces what was found. Only the tokens that hold something change; every other character of the document stays.
//
// A string is written anew as JSON, a number becomes a string. Among percent escapes the placeholder is escaped, in base64 the whole
// run is written anew. Where finds overlap, one placeholder, of the best of them, stands for all of their characters.

import { encodeLike } from './base64.ts';
import type { DecodedRun, Fragment, Hit } from './fragment.ts';
import { isBetter, type Settled } from './settle.ts';

/** Gives the text that stands for a value. */
export type Replace = (hit: Hit) => string;

interface Change {
  start: number;
  end: number;
  /** The best of the finds; what base64 holds is written out already. */
  by: Settled | undefined;
  text: string;
}

/** Changes that are made without a pause: each may cost a hash. */
const CHANGES_AT_ONCE = 50;

/** New texts of the fragments that hold something to be replaced. Yields where the scan can be left. */
export function* redactFragments(redacted: readonly Settled[], replace: Replace): Generator<void, Map<Fragment, string>> {
  const byFragment = new Map<Fragment, Settled[]>();
  for (const each of redacted) {
    const list = byFragment.get(each.hit.fragment);
    if (list === undefined) byFragment.set(each.hit.fragment, [each]);
    else list.push(each);
  }
  const changed = new Map<Fragment, string>();
  for (const [fragment, list] of byFragment) {
    changed.set(fragment, yield* redactText(fragment.text, list, replace));
    if (changed.size % CHANGES_AT_ONCE === 0) yield;
  }
  return changed;
}

function* redactText(text: string, list: readonly Settled[], replace: Replace): Generator<void, string> {
  const changes: Change[] = [];
  const runs = new Map<DecodedRun, Settled[]>();
  for (const each of list) {
    const { run, start, end } = each.hit;
    if (run === undefined) changes.push({ start, end, by: each, text: '' });
    else if (runs.has(run)) runs.get(run)!.push(each);
    else runs.set(run, [each]);
  }
  for (const [run, inside] of runs) {
    const spans = inside.map((each) => ({ start: each.hit.start, end: each.hit.end, by: each, text: '' }));
    const plain = yield* applyChanges(run.text, spans, replace);
    changes.push({ start: run.start, end: run.end, by: undefined, text: encodeLike(plain, text.slice(run.start, run.end)) });
    yield;
  }
  return yield* applyChanges(text, changes, replace);
}

function* applyChanges(text: string, changes: Change[], replace: Replace): Generator<void, string> {
  let result = '';
  let at = 0;
  for (const [index, { start, end, by, text: written }] of mergeChanges(changes).entries()) {
    if (index % CHANGES_AT_ONCE === CHANGES_AT_ONCE - 1) yield;
    result += text.slice(at, start);
    if (by === undefined) result += written;
    else result += by.hit.escaped ? encodeURIComponent(replace(by.hit)) : replace(by.hit);
    at = end;
  }
  return result + text.slice(at);
}

/** Changes that overlap become one. */
function mergeChanges(changes: Change[]): Change[] {
  const merged: Change[] = [];
  for (const change of changes.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || change.start >= last.end) {
      merged.push({ ...change });
      continue;
    }
    last.end = Math.max(last.end, change.end);
    if (last.by === undefined || (change.by !== undefined && isBetter(change.by, last.by))) last.by = change.by ?? last.by;
  }
  return merged;
}

/** The document with new texts in place of the old. */
export function writeDocument(document: string, changed: ReadonlyMap<Fragment, string>): string {
  let result = '';
  let at = 0;
  for (const [fragment, text] of [...changed].sort(([a], [b]) => a.start - b.start)) {
    result += document.slice(at, fragment.start) + writeFragment(fragment, text);
    at = fragment.end;
  }
  return result + document.slice(at);
}

function writeFragment({ kind }: Fragment, text: string): string {
  if (kind === 'text') return text;
  const json = JSON.stringify(text);
  // The quotes of a string stand in the document.
  return kind === 'number' ? json : json.slice(1, -1);
}

/** The list of headers with new values. */
export function writeHeaders(headers: readonly string[], changed: ReadonlyMap<Fragment, string>): string[] {
  const result = [...headers];
  for (const [fragment, text] of changed) {
    const rest = result[fragment.start]!.slice(fragment.text.length);
    result[fragment.start] = text + rest;
  }
  return result;
}
