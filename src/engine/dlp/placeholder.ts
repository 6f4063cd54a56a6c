// What stands in place of a redacted value: `[payment-card 3f9a1c]`, the detector and six digits of a keyed hash of the value.
// Equal values of a session have equal placeholders, and nothing can be found in one.

/** As it is, or among percent escapes. */
const PLACEHOLDER = /(?:\[|%5B)[a-z0-9]+(?:-[a-z0-9]+)*(?:(?: |%20)[0-9a-f]{6})?(?:\]|%5D)/g;
/** Longer than any placeholder. */
const LONGEST = 100;
/** A match that holds a placeholder and so much more is a find of its own. */
const MUCH_MORE = 8;

/** @param hash of session, detector and value; '' if there is none. */
export function placeholderOf(detector: string, hash: string): string {
  return hash === '' ? `[${detector}]` : `[${detector} ${hash.slice(0, 6)}]`;
}

/** A part of the text in which placeholders are blank, because their words say nothing about what stands beside them. */
export function withoutPlaceholders(text: string, start: number, end: number): string {
  const from = Math.max(0, start);
  const part = text.slice(from, end);
  if (!/[[\]]|%5[BD]/.test(part)) return part;
  // One that is cut by an end of the part is still one.
  const more = Math.max(0, from - LONGEST);
  const blank = text.slice(more, end + LONGEST).replace(PLACEHOLDER, (found) => ' '.repeat(found.length));
  return blank.slice(from - more, Math.min(end, text.length) - more);
}

/** Whether a match is made of a placeholder, or needs a part of one. @param part the sensitive part of the match. */
export function meetsPlaceholder(
  text: string,
  match: { start: number; end: number },
  part: { start: number; end: number },
): boolean {
  const from = Math.max(0, match.start - LONGEST);
  const near = text.slice(from, match.end + LONGEST);
  for (const found of near.matchAll(PLACEHOLDER)) {
    const start = from + found.index;
    const end = start + found[0].length;
    if (end <= match.start || start >= match.end) continue;
    const isInside = start >= part.start && end <= part.end;
    if (!isInside || part.end - part.start < end - start + MUCH_MORE) return true;
  }
  return false;
}
