// Takes a JSON text apart into the values that are read, each with its place, in one pass and without recursion.
//
// It keeps no tree: names and indexes of the first 63 levels, however deep the document is. It is stricter than it needs to be
// about what stands between strings and numbers (a text that is no JSON must be noticed) and looser about the rest.

import { looksSecret } from '../secret.ts';
import { unescapeJson } from './unescape.ts';

/** A value of a document. Offsets are those of the raw text; a string is without its quotes. */
export interface JsonToken {
  kind: 'string' | 'number' | 'name';
  start: number;
  end: number;
  /** Holds a backslash. */
  escaped: boolean;
}

/** Levels whose names are kept; all deeper ones share the last. */
const LEVELS = 64;
const LAST = LEVELS - 1;
const LONGEST_NAME = 64;
const LONGEST_PLACE = 400;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const WORDS = ['true', 'false', 'null'];

export class JsonTokens {
  /** Where reading has come to. */
  at: number;
  depth = 0;
  /** What stands there is no JSON. */
  invalid = false;
  readonly #text: string;
  readonly #withNames: boolean;
  readonly #isArray = new Uint8Array(LEVELS);
  readonly #index = new Int32Array(LEVELS);
  /** Raw range of the last name at each level, -1 before the first. */
  readonly #nameStart = new Int32Array(LEVELS).fill(-1);
  readonly #nameEnd = new Int32Array(LEVELS);
  #nextBackslash = -1;
  readonly #token: JsonToken = { kind: 'string', start: 0, end: 0, escaped: false };

  /** @param withNames gives names of members like values. */
  constructor(text: string, withNames = false) {
    this.#text = text;
    this.#withNames = withNames;
    this.at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** The next value; a text may end inside a string, which then ends there. It comes in an object that is used again; undefined at the end, or where the text is no JSON (`invalid`). */
  next(): JsonToken | undefined {
    const text = this.#text;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) {
        if (this.#readString() || this.#withNames) return this.#token;
      } else if (code === COMMA) {
        const slot = this.slot;
        this.#index[slot] = this.#index[slot]! + 1;
        this.at += 1;
      } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.#open(code === OPEN_ARRAY);
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        this.depth -= 1;
        this.at += 1;
        if (this.depth < 0) return this.#fail();
      } else if (code === 32 || code === 10 || code === 13 || code === 9 || code === COLON) this.at += 1;
      else if ((code >= 48 && code <= 57) || code === 45) return this.#readNumber();
      else if (!this.#skipWord()) return this.#fail();
    }
    return undefined;
  }

  /** Slot of the present level. */
  get slot(): number {
    return Math.min(this.depth, LAST);
  }

  isArray(slot: number): boolean {
    return this.#isArray[slot] === 1;
  }

  /** Name under which the present value stands at a level; '' in an array or before a name. */
  name(slot: number): string {
    return this.#isArray[slot] === 1 ? '' : this.#nameAt(slot);
  }

  /** The name that is nearest to the present value: its own, or that of the array it stands in. */
  nearestName(): string {
    for (let slot = this.slot; slot > 0; slot -= 1) {
      if (this.#isArray[slot] === 0) return this.#nameAt(slot);
    }
    return '';
  }

  /** Where the raw text of the nearest name begins; -1 without one. Names that begin at the same place are the same. */
  nearestNameStart(): number {
    for (let slot = this.slot; slot > 0; slot -= 1) {
      if (this.#isArray[slot] === 0) return this.#nameStart[slot]!;
    }
    return -1;
  }

  /** Where the present value stands, e.g. `params.arguments.notes.0`. */
  place(): string {
    const parts: (string | number)[] = [];
    for (let slot = 1; slot <= this.slot; slot += 1) {
      parts.push(this.#isArray[slot] === 1 ? this.#index[slot]! : shownName(this.#nameAt(slot)));
    }
    if (this.depth > LAST) parts.splice(LAST - 1, 0, '...');
    const place = parts.join('.');
    return place.length > LONGEST_PLACE ? `${place.slice(0, LONGEST_PLACE)}...` : place;
  }

  #nameAt(slot: number): string {
    const start = this.#nameStart[slot]!;
    if (start < 0) return '';
    const raw = this.#text.slice(start, this.#nameEnd[slot]!);
    return raw.includes('\\') ? unescapeJson(raw) : raw;
  }

  #open(array: boolean): void {
    this.depth += 1;
    this.at += 1;
    const slot = this.slot;
    this.#isArray[slot] = array ? 1 : 0;
    this.#index[slot] = 0;
    this.#nameStart[slot] = -1;
  }

  /** @returns whether it is a value; a name is noted. */
  #readString(): boolean {
    const text = this.#text;
    const start = this.at + 1;
    let end = text.indexOf('"', start);
    if (this.#nextBackslash < start && this.#nextBackslash !== text.length) {
      const found = text.indexOf('\\', start);
      this.#nextBackslash = found < 0 ? text.length : found;
    }
    while (end > this.#nextBackslash && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
    const open = end < 0;
    if (open) end = text.length;
    const token = this.#token;
    token.start = start;
    token.end = end;
    token.escaped = this.#nextBackslash < end;
    token.kind = 'string';
    this.at = open ? end : end + 1;
    const slot = this.slot;
    if (open || this.#isArray[slot] === 1 || this.depth === 0) return true;
    while (isSpace(text.charCodeAt(this.at))) this.at += 1;
    if (text.charCodeAt(this.at) !== COLON) return true;
    this.at += 1;
    this.#nameStart[slot] = start;
    this.#nameEnd[slot] = end;
    token.kind = 'name';
    return false;
  }

  #readNumber(): JsonToken {
    const text = this.#text;
    const token = this.#token;
    token.start = this.at;
    let end = this.at + 1;
    while (isNumberPart(text.charCodeAt(end))) end += 1;
    token.end = end;
    token.kind = 'number';
    token.escaped = false;
    this.at = end;
    return token;
  }

  #skipWord(): boolean {
    const word = WORDS.find((each) => this.#text.startsWith(each, this.at));
    if (word === undefined) return false;
    this.at += word.length;
    return true;
  }

  #fail(): undefined {
    this.invalid = true;
    return undefined;
  }
}

/** An odd number of backslashes stands before the quote. */
function isEscaped(text: string, start: number, quote: number): boolean {
  let at = quote - 1;
  while (at >= start && text.charCodeAt(at) === BACKSLASH) at -= 1;
  return (quote - 1 - at) % 2 === 1;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function isNumberPart(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43 || code === 101 || code === 69;
}

/** A name as it is stored: short, on one line, and without what could itself be a secret. */
function shownName(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;
  if (short.replace(/\D/g, '').length >= 6 || looksSecret(short) || short.includes('@')) return '{redacted}';
  return short.toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
