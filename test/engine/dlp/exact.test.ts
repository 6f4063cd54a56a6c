import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildExactList,
  EXACT_MAX_VALUES,
  exactFileSchema,
  hashExact,
  normaliseExact,
  writeExactList,
} from '../../../src/engine/dlp/exact.ts';

const SALT = '000102030405060708090a0b0c0d0e0f';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('normaliseExact', () => {
  it.each([
    ['  Ann   EXAMPLE\t', 'ann example'],
    ['4111-1111 1111.1111', '4111111111111111'],
    ['12/34/56', '123456'],
    ['A-1000 23', 'a-100023'],
    ['12 Main Street 4', '12 main street 4'],
    ['ＡＢＣ１２３', 'abc123'],
    ['a\u00a0b', 'a b'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(normaliseExact(text)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => normaliseExact(normaliseExact(text)) === normaliseExact(text)),
    );
  });
});

describe('a list', () => {
  it('holds salted hashes, sorted, each once, and nothing that is short', () => {
    const { list, tooShort, repeated } = buildExactList(['C-100 200', 'c-100200', ' ', 'ab 12', 'Ann Example'], SALT, sha256);
    expect({ tooShort, repeated }).toEqual({ tooShort: 1, repeated: 1 });
    expect(list.hashes).toEqual([sha256(`${SALT}ann example`).slice(0, 16), sha256(`${SALT}c-100200`).slice(0, 16)].sort());
    expect(list.hashes).toContain(hashExact('ANN  example', SALT, sha256));
  });

  it('is written so that it can be read again', () => {
    const { list } = buildExactList(['value one', 'value two'], SALT, sha256);
    const { version: _, ...read } = exactFileSchema.parse(JSON.parse(writeExactList(list)));
    expect(read).toEqual(list);
  });

  it.each([
    ['another version', { version: 2, salt: SALT, hashes: ['0123456789abcdef'] }, 'build the list again'],
    ['a value instead of a hash', { version: 1, salt: SALT, hashes: ['4111111111111111 '] }, '16 hexadecimal digits'],
    ['no salt', { version: 1, salt: '', hashes: ['0123456789abcdef'] }, '32 hexadecimal digits'],
    ['nothing', { version: 1, salt: SALT, hashes: [] }, 'is empty'],
    ['too much', { version: 1, salt: SALT, hashes: Array(EXACT_MAX_VALUES + 1).fill('0123456789abcdef') }, 'split the list'],
  ])('with %s is refused', (_what, content, message) => {
    expect(exactFileSchema.safeParse(content).error?.message).toContain(message);
  });
});
