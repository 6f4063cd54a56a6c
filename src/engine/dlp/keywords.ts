// Context words: whether one of a detector's keywords is near a match, as a whole word and without regard to case.
//
// `card_number`, `cardNumber` and `card-number` all say `card number`: names of JSON members are context like everything else.

const WORD = /[\p{L}\p{N}]/u;
/** Writing that has no spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

export interface Keyword {
  text: string;
  /** Nothing may continue the word on this side. */
  startsWord: boolean;
  endsWord: boolean;
}

/** @returns the keywords in the form in which `holdsKeyword` looks for them. */
export function compileKeywords(keywords: readonly string[]): Keyword[] {
  const texts = new Set(keywords.map((keyword) => normaliseSpaces(keyword).trim().toLowerCase()));
  return [...texts]
    .filter((text) => text !== '')
    .map((text) => ({ text, startsWord: continues(text, 0), endsWord: continues(text, text.length - 1) }));
}

/** White space, hyphens and underscores are one space each run. */
function normaliseSpaces(text: string): string {
  return text.replace(/[\s_-]+/g, ' ');
}

/** Text around a match, ready to be searched. */
export function contextOf(text: string): string {
  const plain = normaliseSpaces(text);
  const split = plain.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ');
  return split === plain ? plain.toLowerCase() : `${plain}\n${split}`.toLowerCase();
}

/** @param context from `contextOf`. */
export function holdsKeyword(keywords: readonly Keyword[], context: string): boolean {
  return keywords.some((keyword) => holds(keyword, context));
}

function holds({ text, startsWord, endsWord }: Keyword, context: string): boolean {
  for (let at = context.indexOf(text); at >= 0; at = context.indexOf(text, at + 1)) {
    const end = at + text.length;
    if (!(startsWord && continues(context, at - 1)) && !(endsWord && continues(context, end))) return true;
  }
  return false;
}

/** Whether what was found at `start` to `end` is a word or phrase of its own, not a part of a longer word. */
export function isWhole(text: string, start: number, end: number): boolean {
  return !(continues(text, start) && continues(text, start - 1)) && !(continues(text, end - 1) && continues(text, end));
}

/** Whether the character at this place is part of a word that goes on beside it. */
function continues(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit < 128) return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
  if (Number.isNaN(unit)) return false;
  const char = text.charAt(at);
  return WORD.test(char) && !UNSPACED.test(char);
}
