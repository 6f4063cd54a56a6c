// Whom a name means wherever it may be written: the name as it was given, whatever its capitals (policy does not tell them apart either),
// and the pseudonym under which the store may have kept them. Given a pseudonym, every name that it stands for.

export interface Person {
  /** As events may have them. */
  names: readonly string[];
  /** What may stand for them where something must stay. */
  alias: string;
  /** Whether a whole value is their name. */
  is(value: string): boolean;
  /** Whether a text names them, as a word of its own. */
  isNamedIn(text: string): boolean;
}

const PSEUDONYM = /^p-[0-9a-f]{32}$/;

/** @param pseudonym as of the store (`createPseudonyms`) */
export function personOf(name: string, pseudonym: (name: string) => string): Person {
  const given = PSEUDONYM.test(name);
  const alias = given ? name : pseudonym(name);
  const names = [...new Set([name, alias])];
  const known = new Set(names.map((each) => each.toLowerCase()));
  const written = names.map((each) => each.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  const word = new RegExp(`(?<![\\p{L}\\p{N}_@.-])(?:${written})(?![\\p{L}\\p{N}_@-]|\\.[\\p{L}\\p{N}])`, 'iu');
  return {
    names,
    alias,
    is: (value) => value !== '' && (known.has(value.toLowerCase()) || (given && pseudonym(value) === alias)),
    isNamedIn: (text) => word.test(text),
  };
}
