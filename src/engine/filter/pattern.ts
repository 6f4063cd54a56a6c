// Text with wildcards: its literal parts in order, anything between them. `['ana']` is ana, `['', '.example.com']` is *.example.com.
// So a star that is meant as a star needs no escape.
//
// Case does not count for A to Z; it does for all other letters, so that ClickHouse, which compares bytes, agrees.

export type Pattern = readonly string[];

/** `""`: the field has no value. */
export const isNone = (pattern: Pattern): boolean => pattern.length === 1 && pattern[0] === '';
/** `*` alone: the field has some value. */
export const isSome = (pattern: Pattern): boolean => pattern.length > 1 && pattern.every((part) => part === '');

/** The pattern of these parts; stars in a row are one. */
export function patternOf(parts: readonly string[]): Pattern {
  return parts.filter((part, index) => part !== '' || index === 0 || index === parts.length - 1);
}

/** A text in which `*` always is a wildcard. */
export const wildcard = (text: string): Pattern => patternOf(text.split('*'));

/** Whether a text that is not empty fits. Takes time in proportion to the text for each part. */
export function compilePatternParts(pattern: Pattern): (text: string) => boolean {
  const parts = pattern.map(lowerAscii);
  const first = parts[0]!;
  if (parts.length === 1) return (text) => lowerAscii(text) === first;
  const last = parts.at(-1)!;
  const between = parts.slice(1, -1);
  return (text) => {
    const lower = lowerAscii(text);
    const end = lower.length - last.length;
    let at = first.length;
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false;
    for (const part of between) {
      const found = lower.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** A to Z in lower case, everything else as it is. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
