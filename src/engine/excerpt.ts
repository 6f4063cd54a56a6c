// A short, readable piece of an MCP request for people who review detections: the message with its credentials replaced.
//
// Members whose name says credential and words that look like one become `{redacted}`, as in URLs; deep, long and wide parts are cut.
// What is not whole JSON gives no excerpt, because nothing in it could be told apart.

import { redactUrl } from './redact-url.ts';
import { looksSecret, namesSecret } from './secret.ts';

const MAX_TEXT = 1_000;
const MAX_BODY = 64 * 1024;
const MAX_STRING = 200;
const MAX_ITEMS = 20;
const MAX_DEPTH = 6;
const REDACTED = '{redacted}';

/** What must not be shown besides what looks like a credential by itself. */
export interface Hidden {
  /** Replaces what the credential detectors of DLP find in a JSON text. */
  credentials(text: string): string;
  /** Places where DLP found something, e.g. `request.body.params.arguments.note`, and what it found. */
  places: ReadonlySet<string>;
  values: readonly string[];
}

const NOTHING: Hidden = { credentials: (text) => text, places: new Set(), values: [] };

/** @param body decoded request body @returns at most 1,000 characters, '' if there is nothing to show */
export function excerptOf(body: string, hidden: Hidden = NOTHING): string {
  return written(body, hidden, (document) => shorten(document, 'request.body', 0, hidden));
}

/**
 * What one call was given: its arguments, or its other parameters if it takes none.
 *
 * @param text of the message or batch
 * @param place of the call in it, as in findings
 * @param at position in a batch; undefined if the message stands alone
 */
export function callExcerpt(text: string, place: string, at: number | undefined, hidden: Hidden = NOTHING): string {
  return written(text, hidden, (document) => {
    const { params } = (at === undefined ? document : (document as unknown[])[at]) as { params?: Record<string, unknown> };
    if (params === undefined) return undefined;
    const { _meta, arguments: given, ...others } = params;
    if (given !== undefined) return shorten(given, `${place}.params.arguments`, 0, hidden);
    return Object.keys(others).length > 0 ? shorten(others, `${place}.params`, 0, hidden) : undefined;
  });
}

function written(body: string, hidden: Hidden, show: (document: unknown) => unknown): string {
  if (body.length === 0 || body.length > MAX_BODY) return '';
  try {
    const text = JSON.stringify(show(JSON.parse(hidden.credentials(body)))) ?? '';
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text;
  } catch {
    return '';
  }
}

function shorten(value: unknown, place: string, depth: number, hidden: Hidden): unknown {
  if (hidden.places.has(place)) return REDACTED;
  if (typeof value === 'string') return redactText(hidden.values.reduce((text, each) => text.replaceAll(each, REDACTED), value));
  if (typeof value !== 'object' || value === null) return hidden.values.includes(String(value)) ? REDACTED : value;
  if (depth >= MAX_DEPTH) return '...';
  const inner = (member: unknown, name: string | number): unknown => shorten(member, `${place}.${name}`, depth + 1, hidden);
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map(inner);
    return value.length > MAX_ITEMS ? [...items, '...'] : items;
  }
  const members = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(members.map(([name, member]) => [name, hides(name, member) ? REDACTED : inner(member, name)]));
}

/** A credential is text or a number; `progressToken: 5` and objects named `token` are read like everything else. */
function hides(name: string, member: unknown): boolean {
  return typeof member === 'string' && member !== '' && namesSecret(name);
}

function redactText(text: string): string {
  const short = text.length > MAX_STRING ? `${text.slice(0, MAX_STRING)}...` : text;
  return short
    .split(/(\s+|["'`,;()<>]+)/)
    .map((word) =>
      /^[a-z][a-z0-9+.-]*:\/\//i.test(word)
        ? redactUrl(word)
        : word
            .split(/([=:&])/)
            .map(redactWord)
            .join(''),
    )
    .join('');
}

function redactWord(word: string): string {
  return word.length >= 8 && looksSecret(word) ? REDACTED : word;
}
