// JSON that stays one line wherever it goes.
//
// JSON.stringify leaves some characters as they are that others take for the end of a line (NEL, LS, PS), that a terminal obeys (C1) or
// that turn text around (bidi marks), and writes half a surrogate pair as an escape that many parsers refuse. Here the former are
// escapes, and the latter are replacement characters: whoever parses the line reads the text as it was.

const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');
/** What JSON.stringify writes for half a pair; also what it writes for such an escape in the text. */
const MAY_BE_HALF = '\\ud';

export function jsonLine(value: object): string {
  let line = JSON.stringify(value);
  if (line.includes(MAY_BE_HALF)) line = JSON.stringify(value, wholeCharacters);
  return UNSAFE.test(line) ? line.replace(EACH_UNSAFE, escaped) : line;
}

function wholeCharacters(_key: string, member: unknown): unknown {
  return typeof member === 'string' ? member.toWellFormed() : member;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
