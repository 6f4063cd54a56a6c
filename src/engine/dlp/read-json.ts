// Reads a JSON-RPC message or batch, in this order:
//
//   1. a text in which no anchor is, and nothing that could hide one, is done
//   2. a text that begins like JSON is taken apart: strings and whole numbers below `params`, `result` and `error` are read, but
//      not names of members, and not what the protocol itself puts there
//   3. what is no JSON is read as one text
//
// `params.uri` is read, because URLs carry credentials; `params.name` is not, because it only says which tool is meant.

import { findRun } from './base64.ts';
import type { Coverage } from './coverage.ts';
import { type JsonToken, JsonTokens } from './json-tokens.ts';
import type { TextReader } from './read-text.ts';
import { unescapeJson, unescapePiece } from './unescape.ts';
import { holdsVariants } from './unify-characters.ts';
import { AnchorProbe } from './windows.ts';

/** Longer texts are cut here, in characters. */
const LONGEST_DOCUMENT = 4 * 1024 * 1024;

const READ = new Set(['params', 'result', 'error']);
/** Members of `params` and `result` that the protocol uses for itself (MCP specification, all revisions). */
const PROTOCOL = new Set([
  'name',
  'cursor',
  'nextCursor',
  'protocolVersion',
  'requestState',
  'resultType',
  'sessionId',
  'taskId',
  'requestId',
  'progressToken',
  'level',
]);
/** The same of their `_meta`. */
const PROTOCOL_META = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
  'io.modelcontextprotocol/protocolVersion',
  'io.modelcontextprotocol/subscriptionId',
]);
/** Digits that a number must have to be looked at. */
const FEWEST_DIGITS = 6;
/** Members that name what stands beside them: in `{"name": "password", "value": X}` X is a password. The name comes first. */
const LABELS = new Set(['name', 'key', 'label', 'field']);
const VALUES = new Set(['value', 'val']);
const LONGEST_LABEL = 64;
const PIECE = 16_384;
/** Characters of a string whose escapes are decoded at once. */
const SHORT_STRING = 65_536;

export interface JsonReading {
  text: string;
  where: string;
  /** `message`: a JSON-RPC message; `all`: any JSON, and names of members as well. */
  scope: 'message' | 'all';
}

/** Searches all texts of a message. Yields where a scan can be left. */
export function* readJson({ text, where, scope }: JsonReading, coverage: Coverage, reader: TextReader): Generator<void> {
  const document = text.length > LONGEST_DOCUMENT ? text.slice(0, LONGEST_DOCUMENT) : text;
  if (document.length < text.length) reader.truncated = 'size';
  if (!(yield* mayHold(document, coverage, reader))) return;
  if (/^[\s\ufeff]*[[{]/.test(document) && (yield* readTokens(document, where, scope, reader))) return;
  reader.forget();
  if (isBinary(document)) reader.truncated ||= 'unreadable';
  const whole = { start: 0, end: document.length, text: document, name: '', locate: () => where, document: '' };
  yield* reader.read({ kind: 'text', ...whole }, false);
}

/** Whether there is an anchor, or an escape or coding under which one could be. */
function* mayHold(text: string, coverage: Coverage, reader: TextReader): Generator<void, boolean> {
  if (coverage.everywhere.length > 0) return true;
  const probe = new AnchorProbe(coverage, 'all');
  probe.start();
  for (let from = 0; from < text.length; from += PIECE) {
    if (probe.read(text, from, Math.min(text.length, from + PIECE))) return true;
    if (reader.pay(PIECE)) yield;
  }
  return text.includes('\\') || text.includes('%') || findRun(text, 0) !== undefined || holdsVariants(text);
}

/** @returns false if it is no JSON. */
function* readTokens(document: string, where: string, scope: JsonReading['scope'], reader: TextReader): Generator<void, boolean> {
  const all = scope === 'all';
  const tokens = new JsonTokens(document, all);
  let namedAt = -1;
  let name = '';
  let telling = false;
  let label = { parent: '', text: '' };
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    if (reader.pay(20 + (token.end - token.start) / 16)) yield;
    if (token.kind === 'number' && !isLongInteger(document, token)) continue;
    if (token.end === token.start || !(all || isRead(tokens))) continue;
    if (tokens.nearestNameStart() !== namedAt) {
      namedAt = tokens.nearestNameStart();
      name = tokens.nearestName();
      if (VALUES.has(name) && label.text !== '' && parentOf(tokens) === label.parent) name = label.text;
      telling = reader.isTelling(name);
    }
    const { kind, start, end } = token;
    const raw = document.slice(start, end);
    const text = token.escaped ? yield* unescapeAll(raw, reader) : raw;
    if (kind === 'string' && LABELS.has(name) && text.length <= LONGEST_LABEL) label = { parent: parentOf(tokens), text };
    const isTold = telling && kind !== 'name';
    if (!isTold && reader.isClean(text)) continue;
    const locate = (): string => (tokens.depth > 0 ? `${where}.${tokens.place()}` : where);
    yield* reader.read({ kind, start, end, text, name, locate, document }, isTold);
  }
  return !tokens.invalid;
}

/** Where the object lies that the present member is in. */
function parentOf(tokens: JsonTokens): string {
  const place = tokens.place();
  return place.slice(0, Math.max(0, place.lastIndexOf('.')));
}

function* unescapeAll(raw: string, reader: TextReader): Generator<void, string> {
  if (raw.length <= SHORT_STRING) return unescapeJson(raw);
  let text = '';
  for (let at = 0; at < raw.length; ) {
    const [part, next] = unescapePiece(raw, at);
    text += part;
    if (reader.pay((next - at) / 2)) yield;
    at = next;
  }
  return text;
}

/** Whether the present value is one that people and servers fill. */
function isRead(tokens: JsonTokens): boolean {
  const level = tokens.isArray(1) ? 2 : 1;
  if (tokens.depth < level || !isContent(tokens.name(level))) return false;
  const own = tokens.depth - level;
  if (own === 1) return !PROTOCOL.has(tokens.name(level + 1));
  return !(own === 2 && tokens.name(level + 1) === '_meta' && PROTOCOL_META.has(tokens.name(level + 2)));
}

/** Programs written in Go take `Params` for `params`. */
function isContent(name: string): boolean {
  return READ.has(name) || READ.has(name.toUpperCase().toLowerCase());
}

function isLongInteger(document: string, { start, end }: JsonToken): boolean {
  if (end - start < FEWEST_DIGITS) return false;
  for (let at = start; at < end; at += 1) {
    const code = document.charCodeAt(at);
    if ((code < 48 || code > 57) && !(at === start && code === 45)) return false;
  }
  return true;
}

/** Text with zeros in it, or with many characters that stand for what could not be decoded. */
function isBinary(text: string): boolean {
  const start = text.slice(0, 4_096);
  return start.includes('\0') || start.split('\ufffd').length > start.length / 10 + 1;
}
