// Exact data match: which values of one's own (customer numbers, names of patients) are in a text, without keeping them.
//
// A list holds salted hashes of normalised values. What a detector's pattern finds is normalised in the same way, hashed with
// the salt of the list and looked up. The salt is in the list: whoever has the file can try out guesses, so values that are few
// or easily listed are better not put into one, and short ones are refused.

import { z } from 'zod';
import type { ExactList } from './schema.ts';

/** Characters that a normalised value must have. Shorter ones are quickly guessed, and turn up everywhere by chance. */
export const EXACT_MIN_LENGTH = 6;
/** Values in one list: it travels to every worker. */
export const EXACT_MAX_VALUES = 100_000;
const HASH_DIGITS = 16;
/** Goes up whenever `normaliseExact` changes, because older lists would then match nothing. */
const VERSION = 1;

/** The file that `daylight dlp exact build` writes. */
export const exactFileSchema = z.strictObject({
  version: z.literal(VERSION, {
    error: `must be ${VERSION}; build the list again with "daylight dlp exact build"`,
  }),
  salt: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'),
  hashes: z
    .array(z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'))
    .min(1, 'is empty')
    .max(EXACT_MAX_VALUES, `holds more than ${EXACT_MAX_VALUES} hashes; split the list over several detectors`),
});

/**
 * The form in which values are compared, in this order: Unicode NFKC; lower case; white space at the ends removed and inside
 * made a single space; spaces, dots, hyphens and slashes between digits removed. `4111-1111 1111.1111` and `4111111111111111`
 * are equal, and so are `Ann  Example` and `ann example`.
 */
export function normaliseExact(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=\d)[ ./-]+(?=\d)/g, '');
}

/** What stands in a list for a value. @param sha256 SHA-256 in hexadecimal. */
export function hashExact(value: string, salt: string, sha256: (text: string) => string): string {
  return sha256(salt + normaliseExact(value)).slice(0, HASH_DIGITS);
}

export interface BuiltExactList {
  list: ExactList;
  /** Values left out because they are shorter than `EXACT_MIN_LENGTH`. */
  tooShort: number;
  /** Values that were there already. */
  repeated: number;
}

/** @param salt 32 random hexadecimal digits. */
export function buildExactList(values: Iterable<string>, salt: string, sha256: (text: string) => string): BuiltExactList {
  const hashes = new Set<string>();
  let tooShort = 0;
  let repeated = 0;
  for (const value of values) {
    const normalised = normaliseExact(value);
    if (normalised === '') continue;
    if (normalised.length < EXACT_MIN_LENGTH) tooShort += 1;
    else {
      const hash = hashExact(value, salt, sha256);
      if (hashes.has(hash)) repeated += 1;
      hashes.add(hash);
    }
  }
  // Sorted, so that the list does not tell the order of the rows.
  return { list: { salt, hashes: [...hashes].sort() }, tooShort, repeated };
}

/** The content of a list's file. One hash a line, so that a new version shows what was added. */
export function writeExactList({ salt, hashes }: ExactList): string {
  const lines = hashes.map((hash) => `  ${JSON.stringify(hash)}`).join(',\n');
  return `{ "version": ${VERSION}, "salt": ${JSON.stringify(salt)}, "hashes": [\n${lines}\n] }\n`;
}
