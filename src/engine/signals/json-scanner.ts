// Reads JSON as it arrives and keeps only what matters to a verdict (outline.ts).
//
// A state machine over characters: any split of the input gives the same outline, time is linear, memory is bounded by the keep
// tree and not by the document, and no input makes it throw. What is kept is read by the grammar of RFC 8259, besides which a byte
// order mark and the words NaN and Infinity are let through, because some servers read them. Containers of which nothing is kept are
// skipped by brackets and strings alone: that is fast, and a document that is broken in there is the server's to refuse.

import { type JsonOutline, KEEP, type Keep } from './outline.ts';
import { MAX_KEY, OutlineBuilder } from './outline-builder.ts';

/** Characters kept of a string value. */
export const MAX_TEXT = 1024;

const VALUE = 0;
const FIRST_ELEMENT = 1;
const FIRST_KEY = 2;
const KEY = 3;
const COLON = 4;
const AFTER = 5;
const DONE = 6;
const STRING = 7;
const ESCAPE = 8;
const HEX = 9;
const NUMBER = 10;
const WORD = 11;
const SKIP = 12;
const SKIP_STRING = 13;
const SKIP_ESCAPE = 14;
const FAILED = 15;

// The parts of a number (RFC 8259 section 6); those with true in NUMBER_ENDS may be the last.
const SIGN = 0;
const ZERO = 1;
const DIGITS = 2;
const POINT = 3;
const FRACTION = 4;
const EXPONENT = 5;
const EXPONENT_SIGN = 6;
const EXPONENT_DIGITS = 7;
const NUMBER_ENDS = [false, true, true, false, true, false, false, true];

const SIMPLE_ESCAPES = new Map([
  [34, '"'],
  [92, '\\'],
  [47, '/'],
  [98, '\b'],
  [102, '\f'],
  [110, '\n'],
  [114, '\r'],
  [116, '\t'],
]);

export interface JsonScanner {
  push(chunk: Uint8Array | string): void;
  /** The document has ended. */
  end(): void;
  outline(): JsonOutline;
}

/** A scanner for one document. */
export function createJsonScanner(options: { keep?: Keep } = {}): JsonScanner {
  return new Scanner(options.keep ?? KEEP);
}

/** The outline of a whole text. */
export function outlineOf(text: string): JsonOutline {
  const scanner = new Scanner(KEEP);
  scanner.push(text);
  scanner.end();
  return scanner.outline();
}

class Scanner implements JsonScanner {
  #state = VALUE;
  #started = false;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  readonly #build: OutlineBuilder;
  #depth = 0;
  #isKey = false;
  #capture = false;
  #text = '';
  #escaped = false;
  #hex = 0;
  #hexDigits = 0;
  #number = SIGN;
  #word = '';
  #wordAt = 0;
  #wordValue: number | boolean | null = null;

  constructor(keep: Keep) {
    this.#build = new OutlineBuilder(keep);
  }

  push(chunk: Uint8Array | string): void {
    if (typeof chunk === 'string') {
      this.#scan(chunk);
      return;
    }
    this.#decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
    this.#scan(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    if (this.#decoder !== undefined) this.#scan(this.#decoder.decode());
    if (this.#state === NUMBER) this.#endNumber();
  }

  outline(): JsonOutline {
    return this.#build.outline(this.#state === DONE, this.#state === FAILED);
  }

  #scan(chunk: string): void {
    const length = chunk.length;
    let at = 0;
    if (!this.#started && length > 0) {
      this.#started = true;
      if (chunk.charCodeAt(0) === 0xfeff) at = 1;
    }
    while (at < length) {
      switch (this.#state) {
        case STRING:
          at = this.#readString(chunk, at);
          break;
        case NUMBER:
          at = this.#readNumber(chunk, at);
          break;
        case SKIP:
        case SKIP_STRING:
        case SKIP_ESCAPE:
          at = this.#skip(chunk, at);
          break;
        case ESCAPE:
          this.#readEscape(chunk.charCodeAt(at++));
          break;
        case HEX:
          this.#readHex(chunk.charCodeAt(at++));
          break;
        case WORD:
          this.#readWord(chunk.charCodeAt(at++));
          break;
        case FAILED:
          return;
        default: {
          const code = chunk.charCodeAt(at++);
          if (code !== 32 && code !== 10 && code !== 13 && code !== 9) this.#readPunctuation(code);
        }
      }
    }
  }

  #readPunctuation(code: number): void {
    switch (this.#state) {
      case VALUE:
        this.#startValue(code);
        return;
      case FIRST_ELEMENT:
        if (code === 93) this.#close();
        else {
          this.#build.element();
          this.#startValue(code);
        }
        return;
      case FIRST_KEY:
        if (code === 125) this.#close();
        else if (code === 34) this.#startString(true);
        else this.#state = FAILED;
        return;
      case KEY:
        if (code === 34) this.#startString(true);
        else this.#state = FAILED;
        return;
      case COLON:
        this.#state = code === 58 ? VALUE : FAILED;
        return;
      case AFTER:
        this.#readAfter(code);
        return;
      default:
        this.#state = FAILED;
    }
  }

  #readAfter(code: number): void {
    const array = this.#build.inArray;
    if (code === 44) {
      this.#state = array ? VALUE : KEY;
      if (array && !this.#build.element()) this.#startSkip();
    } else if (code === (array ? 93 : 125)) this.#close();
    else this.#state = FAILED;
  }

  #startValue(code: number): void {
    if (code === 34) {
      this.#startString(false);
    } else if (code === 123 || code === 91) {
      if (this.#build.open(code === 91)) this.#state = code === 91 ? FIRST_ELEMENT : FIRST_KEY;
      else this.#startSkip();
    } else if ((code >= 48 && code <= 57) || code === 45) {
      this.#number = code === 45 ? SIGN : code === 48 ? ZERO : DIGITS;
      this.#capture = this.#build.keepsScalar;
      this.#text = this.#capture ? String.fromCharCode(code) : '';
      this.#state = NUMBER;
    } else if (code === 116) this.#startWord('true', true);
    else if (code === 102) this.#startWord('false', false);
    else if (code === 110) this.#startWord('null', null);
    else if (code === 78) this.#startWord('NaN', 0);
    else if (code === 73) this.#startWord('Infinity', 0);
    else this.#state = FAILED;
  }

  #endValue(): void {
    this.#state = this.#build.atRoot ? DONE : AFTER;
  }

  #close(): void {
    this.#build.close();
    this.#endValue();
  }

  // ---- strings

  #startString(key: boolean): void {
    this.#isKey = key;
    this.#capture = key || this.#build.keepsScalar;
    this.#text = '';
    this.#escaped = false;
    this.#state = STRING;
  }

  /** Reads up to the end of the string, an escape or the end of the chunk. */
  #readString(chunk: string, from: number): number {
    const length = chunk.length;
    let at = from;
    let code = 0;
    while (at < length) {
      code = chunk.charCodeAt(at);
      if (code === 34 || code === 92 || code < 32) break;
      at++;
    }
    if (this.#capture && at > from) this.#take(chunk.slice(from, at));
    if (at === length) return at;
    if (code === 34) this.#endString();
    else if (code === 92) {
      this.#escaped = true;
      this.#state = ESCAPE;
    } else this.#state = FAILED;
    return at + 1;
  }

  #take(part: string): void {
    const room = (this.#isKey ? MAX_KEY : MAX_TEXT) - this.#text.length;
    if (room <= 0) return;
    const fit = part.length > room ? part.slice(0, room) : part;
    this.#text = this.#text === '' ? fit : this.#text + fit;
  }

  #endString(): void {
    if (this.#isKey) {
      this.#build.key(this.#text, this.#escaped);
      this.#state = COLON;
      return;
    }
    if (this.#capture) this.#build.scalar(this.#text);
    this.#endValue();
  }

  #readEscape(code: number): void {
    if (code === 117) {
      this.#hex = 0;
      this.#hexDigits = 0;
      this.#state = HEX;
      return;
    }
    const plain = SIMPLE_ESCAPES.get(code);
    this.#state = plain === undefined ? FAILED : STRING;
    if (plain !== undefined && this.#capture) this.#take(plain);
  }

  #readHex(code: number): void {
    const digit =
      code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : code >= 65 && code <= 70 ? code - 55 : -1;
    if (digit < 0) {
      this.#state = FAILED;
      return;
    }
    this.#hex = this.#hex * 16 + digit;
    if (++this.#hexDigits < 4) return;
    if (this.#capture) this.#take(String.fromCharCode(this.#hex));
    this.#state = STRING;
  }

  // ---- numbers and words

  /** Reads up to the end of the number or of the chunk. */
  #readNumber(chunk: string, from: number): number {
    const length = chunk.length;
    let part = this.#number;
    let at = from;
    for (; at < length; at++) {
      const code = chunk.charCodeAt(at);
      if (code >= 48 && code <= 57) {
        if (part === DIGITS || part === FRACTION || part === EXPONENT_DIGITS) continue;
        if (part === SIGN) part = code === 48 ? ZERO : DIGITS;
        else if (part === POINT) part = FRACTION;
        else if (part === EXPONENT || part === EXPONENT_SIGN) part = EXPONENT_DIGITS;
        else break;
      } else if (code === 46 && (part === ZERO || part === DIGITS)) part = POINT;
      else if ((code === 101 || code === 69) && (part === ZERO || part === DIGITS || part === FRACTION)) part = EXPONENT;
      else if ((code === 43 || code === 45) && part === EXPONENT) part = EXPONENT_SIGN;
      else break;
    }
    this.#number = part;
    if (this.#capture && this.#text.length < MAX_TEXT) this.#text += chunk.slice(from, at);
    if (at === length) return at;
    if (part === SIGN && chunk.charCodeAt(at) === 73) {
      this.#startWord('Infinity', 0);
      return at + 1;
    }
    this.#endNumber();
    return at;
  }

  #endNumber(): void {
    if (!NUMBER_ENDS[this.#number]) {
      this.#state = FAILED;
      return;
    }
    if (this.#capture) this.#build.scalar(Number(this.#text));
    this.#endValue();
  }

  #startWord(word: string, value: number | boolean | null): void {
    this.#word = word;
    this.#wordAt = 1;
    this.#wordValue = value;
    this.#capture = this.#build.keepsScalar;
    this.#state = WORD;
  }

  #readWord(code: number): void {
    if (code !== this.#word.charCodeAt(this.#wordAt++)) {
      this.#state = FAILED;
      return;
    }
    if (this.#wordAt < this.#word.length) return;
    if (this.#capture) this.#build.scalar(this.#wordValue);
    this.#endValue();
  }

  // ---- what is not kept

  #startSkip(): void {
    this.#depth = 1;
    this.#state = SKIP;
  }

  /** Reads up to the end of the skipped container or of the chunk. */
  #skip(chunk: string, from: number): number {
    const length = chunk.length;
    let at = from;
    let inString = this.#state !== SKIP;
    if (this.#state === SKIP_ESCAPE) at++;
    while (at < length) {
      const code = chunk.charCodeAt(at++);
      if (inString) {
        if (code === 34) inString = false;
        else if (code === 92) at++;
      } else if (code === 34) inString = true;
      else if (code === 123 || code === 91) this.#depth++;
      else if ((code === 125 || code === 93) && --this.#depth === 0) {
        this.#endValue();
        return at;
      }
    }
    this.#state = !inString ? SKIP : at > length ? SKIP_ESCAPE : SKIP_STRING;
    return length;
  }
}
