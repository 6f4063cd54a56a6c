// Decodes the text of a JSON string, and takes what is no valid escape as it stands: a server may be as lenient.

const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** Characters that are decoded at a time. */
const PIECE = 64 * 1024;
/** Characters of the longest escape. */
const LONGEST_ESCAPE = 6;

/** @param raw the characters between the quotes. */
export function unescapeJson(raw: string): string {
  let text = '';
  for (let at = 0; at < raw.length; ) {
    const [part, next] = unescapePiece(raw, at);
    text = at === 0 ? part : text + part;
    at = next;
  }
  return text;
}

/**
 * Decodes the next 64 Ki characters or a little more, so that no escape is cut.
 *
 * @returns the text and where to go on.
 */
export function unescapePiece(raw: string, from: number): [text: string, next: number] {
  let to = Math.min(raw.length, from + PIECE);
  for (let plain = 0; plain < LONGEST_ESCAPE && to < raw.length && to < from + 2 * PIECE; to += 1) {
    plain = raw[to] === '\\' ? 0 : plain + 1;
  }
  const piece = raw.slice(from, to);
  try {
    const text: unknown = JSON.parse(`"${piece}"`);
    if (typeof text === 'string') return [text, to];
  } catch {
    // Not valid as it is: read leniently.
  }
  return unescapeLeniently(raw, from, to);
}

function unescapeLeniently(raw: string, from: number, to: number): [text: string, next: number] {
  let text = '';
  let at = from;
  while (at < to) {
    const backslash = raw.indexOf('\\', at);
    if (backslash < 0 || backslash >= to) return [text + raw.slice(at, to), to];
    const char = raw.charAt(backslash + 1);
    text += raw.slice(at, backslash);
    if (char === 'u' && isHex(raw, backslash + 2)) {
      text += String.fromCharCode(Number.parseInt(raw.slice(backslash + 2, backslash + 6), 16));
      at = backslash + 6;
    } else {
      text += SIMPLE[char] ?? char;
      at = backslash + 1 + char.length;
    }
  }
  return [text, at];
}

function isHex(raw: string, at: number): boolean {
  for (let digit = 0; digit < 4; digit += 1) {
    const code = raw.charCodeAt(at + digit);
    const hex = (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
    if (!hex) return false;
  }
  return true;
}
