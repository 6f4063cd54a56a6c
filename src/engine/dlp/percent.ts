// Percent-decoding (RFC 3986 section 2.1) that says where each decoded character came from.
//
// UTF-8 sequences that are malformed, and signs that begin no escape, stay as they are.

export interface PercentText {
  text: string;
  /** For each character of `text`, and for its end, the place in the original. */
  origins: Int32Array;
}

/** Decodes once. @returns undefined if there is nothing to decode from `from` to `to`. */
export function decodePercent(original: string, from: number, to: number): PercentText | undefined {
  const first = original.indexOf('%', from);
  if (first < 0 || first >= to) return undefined;
  const origins = new Int32Array(to - from + 1);
  const parts: string[] = [];
  let length = 0;
  let decoded = false;
  let at = from;
  const copy = (end: number): void => {
    parts.push(original.slice(at, end));
    for (; at < end; at += 1) origins[length++] = at;
  };
  for (let sign = first; sign >= 0 && sign < to; sign = original.indexOf('%', at)) {
    if (sign > at) copy(sign);
    const code = codePointAt(original, sign, to);
    if (code < 0) {
      copy(sign + 1);
      continue;
    }
    decoded = true;
    parts.push(String.fromCodePoint(code));
    origins[length++] = at;
    if (code > 0xffff) origins[length++] = at;
    at += 3 * sizeOf(code);
  }
  if (!decoded) return undefined;
  if (at < to) copy(to);
  origins[length] = at;
  return { text: parts.join(''), origins };
}

/** The character that the escapes at this place stand for; -1 if they stand for none. */
function codePointAt(text: string, at: number, to: number): number {
  const first = byteAt(text, at, to);
  if (first < 0x80) return first;
  const size = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  if (size === 0) return -1;
  let code = first & (0xff >> (size + 1));
  for (let index = 1; index < size; index += 1) {
    const byte = byteAt(text, at + 3 * index, to);
    if (byte < 0x80 || byte > 0xbf) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  // Overlong forms and halves of pairs are malformed.
  return sizeOf(code) !== size || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff ? -1 : code;
}

function sizeOf(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

function byteAt(text: string, at: number, to: number): number {
  if (at + 3 > to || text.charCodeAt(at) !== 37) return -1;
  const high = hexOf(text.charCodeAt(at + 1));
  const low = hexOf(text.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}
