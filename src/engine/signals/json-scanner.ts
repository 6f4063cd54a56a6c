// Reads JSON as it arrives and keeps only what matters to a verdict (outline.ts).
//
// A state machine over characters: any split of the input gives the same outline, time is linear, memory is bounded by the keep
// tree and not by the document, and no input makes it throw. What is kept is read by the grammar of RFC 8259, besides which a byte
// order mark and the words NaN and Infinity are let through, because some servers read them. Containers of which nothing is kept are
// skipped by brackets and strings alone: that is fast, and a document that is broken in there is the server's to refuse.

import { type Duplicate, type JsonOutline, KEEP, type Keep, OTHERS, type Outline } from './outline.ts';

/** Characters kept of a string value. */
export const MAX_TEXT = 1024;
const MAX_KEY = 128;
const MAX_DUPLICATES = 32;
const MAX_RESERVED = 32;
/** Characters kept in all; beyond it arrays take no more elements. */
const MAX_KEPT = 262_144;
/** The same, for arrays that are kept from the reserve. */
const MAX_RESERVE = 1_048_576;

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

type Members = Record<string, Outline>;

/** A container that is open and kept. */
interface Frame {
  /** Members of an object; null for an array. */
  members: Members | null;
  /** Elements of an array; null for an object. */
  elements: Outline[] | null;
  keep: Keep;
  key: string;
  count: number;
  /** Values of the novel member seen so far, see Keep.novel. */
  seen: Set<string> | null;
  /** Its parent keeps it only if it turns out to be novel. */
  pending: boolean;
}

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
  #root: Outline | undefined;
  readonly #frames: Frame[] = [];
  #frame: Frame | undefined;
  /** How the value that comes next is kept; undefined: not at all. */
  #keep: Keep | undefined;
  #pending = false;
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
  #wordValue: Outline = null;
  #kept = 0;
  readonly #duplicates: Duplicate[] = [];
  #escapedKeys = false;
  #truncated = false;

  constructor(keep: Keep) {
    this.#keep = keep;
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
    return {
      root: this.#root,
      duplicates: this.#duplicates,
      escapedKeys: this.#escapedKeys,
      complete: this.#state === DONE,
      invalid: this.#state === FAILED,
      truncated: this.#truncated,
    };
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
          this.#nextElement();
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
    const array = (this.#frame as Frame).members === null;
    if (code === 44) {
      this.#state = array ? VALUE : KEY;
      if (array) this.#nextElement();
    } else if (code === (array ? 93 : 125)) this.#close();
    else this.#state = FAILED;
  }

  #startValue(code: number): void {
    if (code === 34) {
      this.#startString(false);
    } else if (code === 123 || code === 91) {
      if (this.#keep === undefined) {
        this.#depth = 1;
        this.#state = SKIP;
      } else this.#open(code === 91, this.#keep);
    } else if ((code >= 48 && code <= 57) || code === 45) {
      this.#number = code === 45 ? SIGN : code === 48 ? ZERO : DIGITS;
      this.#capture = this.#keepsScalar();
      this.#text = this.#capture ? String.fromCharCode(code) : '';
      this.#state = NUMBER;
    } else if (code === 116) this.#startWord('true', true);
    else if (code === 102) this.#startWord('false', false);
    else if (code === 110) this.#startWord('null', null);
    else if (code === 78) this.#startWord('NaN', 0);
    else if (code === 73) this.#startWord('Infinity', 0);
    else this.#state = FAILED;
  }

  #keepsScalar(): boolean {
    return this.#keep !== undefined && !this.#pending && !this.#keep.containersOnly;
  }

  #endValue(): void {
    this.#state = this.#frame === undefined ? DONE : AFTER;
  }

  // ---- containers

  #open(array: boolean, keep: Keep): void {
    const members: Members | null = array ? null : {};
    const elements: Outline[] | null = array ? [] : null;
    if (!this.#pending) this.#attach((members ?? elements) as Outline);
    if (array ? keep.elements === undefined : keep.members === undefined && keep.prefix === undefined) {
      this.#depth = 1;
      this.#state = SKIP;
      return;
    }
    this.#frame = { members, elements, keep, key: '', count: 0, seen: null, pending: this.#pending };
    this.#frames.push(this.#frame);
    this.#pending = false;
    this.#state = array ? FIRST_ELEMENT : FIRST_KEY;
  }

  #close(): void {
    const closed = this.#frames.pop() as Frame;
    this.#frame = this.#frames[this.#frames.length - 1];
    if (closed.pending && closed.members !== null && this.#frame !== undefined) this.#keepIfNovel(this.#frame, closed.members);
    this.#endValue();
  }

  /** Says how the next element of the array at hand is kept. */
  #nextElement(): void {
    const frame = this.#frame as Frame;
    const { elements, limit = 64, novel, reserve } = frame.keep;
    const over = frame.count >= limit || (frame.count > 0 && this.#kept > (reserve ? MAX_RESERVE : MAX_KEPT));
    frame.count++;
    this.#keep = elements;
    this.#pending = false;
    if (!over) return;
    if (novel !== undefined && (frame.elements as Outline[]).length < 2 * limit) {
      this.#pending = true;
      return;
    }
    // Nothing more of this array is kept: it is skipped to its end.
    this.#truncated = true;
    this.#frames.pop();
    this.#frame = this.#frames[this.#frames.length - 1];
    this.#depth = 1;
    this.#state = SKIP;
  }

  #keepIfNovel(parent: Frame, value: Members): void {
    const novel = parent.keep.novel as string;
    const elements = parent.elements as Outline[];
    parent.seen ??= new Set(elements.map((each) => String((each as Members | null)?.[novel])));
    const mark = value[novel];
    if (typeof mark !== 'string' || parent.seen.has(mark)) {
      this.#truncated = true;
      return;
    }
    parent.seen.add(mark);
    elements.push(value);
  }

  #attach(value: Outline): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#root = value;
      return;
    }
    const { members, key } = frame;
    if (members === null) {
      (frame.elements as Outline[]).push(value);
      return;
    }
    const before = members[key];
    if (before !== undefined) {
      if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push({ path: this.#path(), key, value: before });
      else this.#truncated = true;
    }
    members[key] = value;
  }

  /** Where the object at hand is. */
  #path(): (string | number)[] {
    return this.#frames.slice(0, -1).map((each) => (each.elements === null ? each.key : each.elements.length - 1));
  }

  // ---- strings

  #startString(key: boolean): void {
    this.#isKey = key;
    this.#capture = key || this.#keepsScalar();
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
      this.#endKey();
      return;
    }
    if (this.#capture) {
      this.#kept += this.#text.length + 8;
      this.#attach(this.#text);
    }
    this.#endValue();
  }

  #endKey(): void {
    const frame = this.#frame as Frame;
    const members = frame.members as Members;
    const key = this.#text;
    this.#state = COLON;
    this.#pending = false;
    this.#keep = frame.keep.members?.get(key) ?? this.#reserved(frame, key);
    if (this.#keep === undefined) {
      members[OTHERS] = ((members[OTHERS] as number | undefined) ?? 0) + 1;
      return;
    }
    frame.key = key;
    if (this.#escaped) this.#escapedKeys = true;
  }

  #reserved(frame: Frame, key: string): Keep | undefined {
    const { prefix } = frame.keep;
    if (prefix === undefined || key.length === MAX_KEY || !key.startsWith(prefix.text) || frame.count >= MAX_RESERVED)
      return undefined;
    frame.count++;
    return prefix.keep;
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
    if (this.#capture) this.#attach(Number(this.#text));
    this.#endValue();
  }

  #startWord(word: string, value: Outline): void {
    this.#word = word;
    this.#wordAt = 1;
    this.#wordValue = value;
    this.#capture = this.#keepsScalar();
    this.#state = WORD;
  }

  #readWord(code: number): void {
    if (code !== this.#word.charCodeAt(this.#wordAt++)) {
      this.#state = FAILED;
      return;
    }
    if (this.#wordAt < this.#word.length) return;
    if (this.#capture) this.#attach(this.#wordValue);
    this.#endValue();
  }

  // ---- what is not kept

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
