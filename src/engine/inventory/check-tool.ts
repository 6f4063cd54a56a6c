// Looks for signs that a tool's definition is aimed at the model against its user: what, where, and the words that show it.
//
// Looked at: name, title, description, and every text in the schemas and annotations, member names included, because a model reads
// those as well. Order: characters first (unseen, control), then hidden and encoded text, then phrases. One hit for each check and
// tool: the first. Bounded in the number and the length of texts; a tool that exceeds that says so (`oversized`).

import { CHECKS, type Check, type CheckId, checkOf } from './checks.ts';
import type { ToolDefinition } from './tool.ts';
import { storedText, unseenCharacters } from './visible-text.ts';

/** One hit. */
export interface Suspicion {
  check: CheckId;
  /** `name`, `description`, `inputSchema.properties.path.description`, ... */
  where: string;
  /** The text that shows it, visible, shortened. */
  evidence: string;
}

interface Piece {
  where: string;
  text: string;
}

const MAX_PIECES = 1_000;
/** As in tool.ts. */
const MAX_DEPTH = 64;
/** Characters looked at of one tool. */
const MAX_LOOKED_AT = 65_536;
const MAX_EVIDENCE = 160;
const MAX_WHERE = 200;
const BLANK_LINES = 20;
const BLANK_WIDTH = 400;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\\(?:x1b|u001b|033|e)\[[\d;]{0,20}[A-Za-z]/;
const PATTERNS: readonly Check[] = CHECKS.filter((check: Check) => check.plain !== undefined || check.words !== undefined);

/** What speaks against a tool, in the order of CHECKS; empty for most. */
export function checkTool(tool: ToolDefinition): Suspicion[] {
  const { pieces, whole } = piecesOf(tool);
  const found = new Map<CheckId, Suspicion>();
  const add = (check: CheckId, where: string, evidence: string): void => {
    if (!found.has(check)) found.set(check, { check, where: storedText(where.slice(0, MAX_WHERE)), evidence: shorten(evidence) });
  };
  for (const { where, text } of pieces) {
    checkCharacters(text, where, add);
    const words = asRead(text);
    for (const { id, plain = [], words: phrases = [] } of PATTERNS) {
      const hit = firstHit(text, plain) ?? firstHit(words, phrases);
      if (hit !== undefined) add(id as CheckId, where, hit);
    }
    const far = pushedAway(text);
    if (far !== '') add('hidden-text', where, far);
    const encoded = decodedSentence(text);
    if (encoded !== '') add('encoded-text', where, encoded);
  }
  if (mixesAlphabets(tool.name)) add('look-alike-name', 'name', escapeForeign(tool.name));
  if (!whole) add('oversized', 'definition', `only the first ${MAX_LOOKED_AT} characters were checked`);
  return CHECKS.flatMap(({ id }) => found.get(id) ?? []);
}

/** `medium` if the strongest check is that, and so on; `low` for none. */
export function levelOf(checks: readonly string[]): 'low' | 'medium' | 'high' {
  const levels = checks.map((id) => checkOf(id)?.level ?? 'medium');
  return levels.includes('high') ? 'high' : levels.includes('medium') ? 'medium' : 'low';
}

function piecesOf(tool: ToolDefinition): { pieces: Piece[]; whole: boolean } {
  const pieces: Piece[] = [];
  let room = MAX_LOOKED_AT;
  let whole = true;
  const add = (where: string, text: string): void => {
    if (pieces.length >= MAX_PIECES || text.length > room) whole = false;
    if (pieces.length >= MAX_PIECES || room <= 0) return;
    pieces.push({ where, text: text.slice(0, room) });
    room -= text.length;
  };
  const walk = (value: unknown, where: string, depth: number): void => {
    if (typeof value === 'string') {
      // Nothing can be told in a few letters, and types and formats are most of a schema.
      if (value.length > 6) add(where, value);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) {
      whole = false;
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      const at = `${where}.${key}`;
      if (!Array.isArray(value) && key.length > 16) add(at, key);
      walk(inner, at, depth + 1);
    }
  };
  add('name', tool.name);
  if (tool.title !== '') add('title', tool.title);
  if (tool.description !== '') add('description', tool.description);
  walk(tool.inputSchema, 'inputSchema', 0);
  walk(tool.outputSchema, 'outputSchema', 0);
  walk(tool.annotations, 'annotations', 0);
  return { pieces, whole };
}

function checkCharacters(text: string, where: string, add: (check: CheckId, where: string, evidence: string) => void): void {
  const unseen = unseenCharacters(text);
  if (unseen.length > 0) {
    const tags = unseen.map((char) => (char.codePointAt(0) ?? 0) - 0xe0000).filter((code) => code >= 0x20 && code < 0x7f);
    const spelt = tags.length > 3 ? `, which spell: ${String.fromCharCode(...tags.slice(0, MAX_EVIDENCE))}` : '';
    const names = [...new Set(unseen)].slice(0, 4).map((char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}`);
    add('invisible-unicode', where, `${unseen.length} unseen characters (${names.join(', ')})${spelt}`);
  }
  const control = CONTROL.exec(text);
  if (control !== null) add('control-characters', where, around(text, control.index, 1));
}

function firstHit(text: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
    const hit = pattern.exec(text);
    if (hit !== null) return around(text, hit.index, hit[0].length);
  }
  return undefined;
}

/** The hit with a little of what surrounds it. */
function around(text: string, at: number, length: number): string {
  const from = Math.max(0, at - 20);
  return text.slice(from, at + Math.max(length, 60) + 20).replace(/\s+/g, ' ');
}

function shorten(evidence: string): string {
  const text = storedText(evidence).trim();
  return text.length > MAX_EVIDENCE ? `${text.slice(0, MAX_EVIDENCE)}…` : text;
}

const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [...'аеорсухіјѕԁһοαεικρυν'].map((char, at) => [char, 'aeopcyxijsdhoaeikpuv'[at] ?? char]),
);

/** Text as a model reads it, in one case and one alphabet. */
function asRead(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .replace(/[\u0370-\u052f]/g, (char) => LOOK_ALIKES[char] ?? char)
    .replace(/[‘’]/g, "'")
    .replace(/[\s*`"“”]+/g, ' ');
}

/** What follows blank space that is longer than a window: people do not scroll there. '' if nothing does. */
function pushedAway(text: string): string {
  for (const { 0: blank, index } of text.matchAll(/\s+/g)) {
    if (blank.length < BLANK_LINES) continue;
    const lines = blank.split('\n').length - 1;
    const rest = text.slice(index + blank.length, index + blank.length + MAX_EVIDENCE);
    if (rest !== '' && (lines >= BLANK_LINES || blank.length - lines >= BLANK_WIDTH)) return rest;
  }
  return '';
}

/** A sentence in base64 or in numeric escapes, '' if there is none. */
function decodedSentence(text: string): string {
  for (const [blob] of text.matchAll(/[A-Za-z0-9+/]{40,4096}/g)) {
    const plain = decodeBase64(blob);
    if (isSentence(plain)) return plain;
  }
  const escapes = /(?:\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}|&#x?[0-9a-f]{2,3};|%[0-9a-f]{2}){12,1024}/i.exec(text)?.[0];
  if (escapes === undefined) return '';
  const plain = escapes.replace(/\\x(..)|\\u00(..)|&#x(..);|&#(\d{2,3});|%(..)/gi, (_, ...parts: (string | undefined)[]) => {
    const [x, u, entity, decimal, percent] = parts;
    return String.fromCharCode(
      decimal !== undefined ? Number(decimal) : Number.parseInt(x ?? u ?? entity ?? percent ?? '20', 16),
    );
  });
  return isSentence(plain) ? plain : '';
}

function decodeBase64(blob: string): string {
  try {
    return atob(blob.slice(0, blob.length - (blob.length % 4)));
  } catch {
    return '';
  }
}

/** Several words of letters, and hardly anything else. */
function isSentence(text: string): boolean {
  const letters = text.match(/[A-Za-z ]/g)?.length ?? 0;
  return letters >= 10 && letters / text.length > 0.85 && (text.match(/[A-Za-z]{2,} /g)?.length ?? 0) >= 2;
}

function mixesAlphabets(name: string): boolean {
  return /[A-Za-z]/.test(name) && /[\u0370-\u052f\uff21-\uff5a]/.test(name);
}

function escapeForeign(name: string): string {
  return name.replace(/[^ -~]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
