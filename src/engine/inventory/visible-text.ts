// The form in which text of a server is stored and shown: safe on a terminal, nothing in it unseen, no credential in it.
//
// Invisible characters, directions of writing and control characters are written out (`\u{200b}`), except line ends and tabs, and
// except joiners where a script or an emoji needs them. What looks like a credential becomes {redacted}.

import { REDACTED, redactUrl } from '../redact-url.ts';
import { looksSecret } from '../secret.ts';

/** Default-ignorable and format characters that show nothing, or change the order of what is shown (Unicode 16, Cf and fillers). */
const UNSEEN =
  /\u034f|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;
/** A flag of a region: a black flag, then letters as tags, then the end (Unicode Technical Standard 51, annex C). */
const TAG_FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]{2,6}\u{e007f}/gu;
const JOINS_SCRIPT =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]/u;
const JOINS_EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;
const TAKES_VARIANT = /[\p{Extended_Pictographic}0-9#*]/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}]/u;
/** Characters of words in which keys are written. */
const TOKEN = /[A-Za-z0-9+/=_.:%&?~@-]{16,}/g;

/** Characters that a reader does not see, in order, without those that the script or an emoji needs. */
export function unseenCharacters(text: string): string[] {
  if (text.search(UNSEEN) < 0) return [];
  const found: string[] = [];
  replaceUnseen(text, (char) => {
    found.push(char);
    return char;
  });
  return found;
}

/** Text that shows everything it holds. */
export function visibleText(text: string): string {
  const whole = replaceUnseen(text.toWellFormed().replaceAll('\r\n', '\n'), writeOut);
  return whole.replace(CONTROLS, writeOut).replaceAll('\r', writeOut('\r'));
}

/** Visible text in which credentials are replaced. */
export function storedText(text: string): string {
  return visibleText(text.replace(TOKEN, maskToken));
}

function maskToken(token: string): string {
  if (token.includes('://')) return redactUrl(token);
  return looksSecret(token) ? REDACTED : token;
}

function replaceUnseen(text: string, replace: (char: string) => string): string {
  const withoutFlags = text.includes('\u{1f3f4}') ? text.split(TAG_FLAG) : [text];
  const flags = withoutFlags.length > 1 ? (text.match(TAG_FLAG) ?? []) : [];
  return withoutFlags
    .map((part) => part.replace(UNSEEN, (char, at: number) => (isNeeded(part, char, at) ? char : replace(char))))
    .map((part, index) => part + (flags[index] ?? ''))
    .join('');
}

/** Joiners inside a script or an emoji, variants of emoji and of Han letters, marks of direction in a text that has both. */
function isNeeded(text: string, char: string, at: number): boolean {
  if (char === '\u200e' || char === '\u200f' || char === '\u061c') return RIGHT_TO_LEFT.test(text);
  const before = lastCharacter(text, at);
  if (char === '\ufe0e' || char === '\ufe0f') return TAKES_VARIANT.test(before);
  if (char >= '\u{e0100}' && char <= '\u{e01ef}') return /\p{Script=Han}/u.test(before);
  if (char !== '\u200c' && char !== '\u200d') return false;
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0x20);
  if (JOINS_SCRIPT.test(before) && JOINS_SCRIPT.test(after)) return true;
  return char === '\u200d' && JOINS_EMOJI.test(before) && JOINS_EMOJI.test(after);
}

function lastCharacter(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(Math.max(0, at - 2), at) : text.slice(Math.max(0, at - 1), at);
}

function writeOut(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
