// Text in base64 (RFC 4648, standard and URL alphabet): where it may be, what it says, and how to write it again.

/** Shorter runs are words and identifiers. */
export const SHORTEST_RUN = 24;
/** Longer runs are not decoded. */
export const LONGEST_RUN = 1024 * 1024;
/** Decoded first: what is no text shows it there. */
const TASTE = 24;
/** Lengths of lines in which base64 is wrapped: PEM and MIME. */
const WRAPPED = [64, 76];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_ALPHABET = `${ALPHABET.slice(0, 62)}-_`;
const NONE = 255;
const VALUES = new Uint8Array(128).fill(NONE);
for (let value = 0; value < 64; value += 1) {
  VALUES[ALPHABET.charCodeAt(value)] = value;
  VALUES[URL_ALPHABET.charCodeAt(value)] = value;
}

/** A stretch of characters that may be base64, with its padding. */
export interface Base64Run {
  start: number;
  end: number;
}

/** The first run that begins at or after `from`; undefined if there is none. Looks at few of the characters of plain text. */
export function findRun(text: string, from: number): Base64Run | undefined {
  for (let probe = from + SHORTEST_RUN - 1; probe < text.length; ) {
    let start = probe;
    while (start >= from && sextetOf(text.charCodeAt(start)) !== NONE) start -= 1;
    if (probe - start >= SHORTEST_RUN) return { start: start + 1, end: endOfRun(text, start + 1) };
    probe = start + SHORTEST_RUN;
  }
  return undefined;
}

function endOfRun(text: string, start: number): number {
  let line = start;
  let at = start;
  for (;;) {
    while (sextetOf(text.charCodeAt(at)) !== NONE) at += 1;
    if (!WRAPPED.includes(at - line)) break;
    line = text.charCodeAt(at) === 13 ? at + 2 : at + 1;
    if (text.charCodeAt(line - 1) !== 10 || sextetOf(text.charCodeAt(line)) === NONE) break;
    at = line;
  }
  for (let pad = 0; pad < 2 && text.charCodeAt(at) === 61; pad += 1) at += 1;
  return at;
}

function sextetOf(code: number): number {
  return code < 128 ? VALUES[code]! : NONE;
}

/** Whether the run begins like text. Tells hashes, keys and pictures apart at once. */
export function startsAsText(text: string, { start, end }: Base64Run): boolean {
  const bytes = decodeBytes(text, start, Math.min(end, start + TASTE));
  if (bytes.length < 8 || !bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)) return false;
  return decodeText(new TextDecoder('utf-8', { fatal: true }), bytes, true) !== undefined;
}

/** Decodes a run piece by piece. `next` gives undefined as soon as the run turns out to hold no printable UTF-8 text. */
export class Base64Reader {
  readonly #text: string;
  readonly #end: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at: number;

  constructor(text: string, { start, end }: Base64Run) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** @param size letters to decode, a multiple of 4. */
  next(size: number): string | undefined {
    let end = this.#at;
    // A piece ends where a group of four does; line breaks are not counted.
    for (let letters = 0; end < this.#end && letters < size; end += 1) {
      if (sextetOf(this.#text.charCodeAt(end)) !== NONE) letters += 1;
    }
    const bytes = decodeBytes(this.#text, this.#at, end);
    this.#at = end;
    return decodeText(this.#decoder, bytes, end < this.#end);
  }
}

function decodeText(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, stream: boolean): string | undefined {
  try {
    const text = decoder.decode(bytes, { stream });
    return UNPRINTABLE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: text does not hold them
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function decodeBytes(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(((to - from) * 3) / 4));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let at = from; at < to; at += 1) {
    const value = sextetOf(text.charCodeAt(at));
    if (value === NONE) continue;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[length++] = (bits >> held) & 255;
      bits &= (1 << held) - 1;
    }
  }
  return bytes.subarray(0, length);
}

/** Writes text in base64, in the alphabet and with the padding of what stood there. */
export function encodeLike(text: string, original: string): string {
  const forUrls = /[-_]/.test(original);
  const alphabet = forUrls ? URL_ALPHABET : ALPHABET;
  const letters = original.replace(/[=\s]/g, '').length;
  // Whole groups of four show no padding; the URL alphabet mostly goes without.
  const padded = original.endsWith('=') || (!forUrls && letters % 4 === 0);
  const bytes = new TextEncoder().encode(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const four = [18, 12, 6, 0].map((shift) => alphabet[(group >> shift) & 63]!);
    parts.push(left >= 3 ? four.join('') : four.slice(0, left + 1).join('') + (padded ? '='.repeat(3 - left) : ''));
  }
  return parts.join('');
}
