import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AnswerTap, isPlain } from '../../src/proxy/answer-tap.ts';

const ended = (tap: AnswerTap): Promise<void> => new Promise((resolve) => tap.end(resolve));
const text = (length: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, at) => String(at).padStart(8, '.'))
    .join('')
    .slice(0, length);

function pieces(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
  return parts;
}

describe('what is kept of an answer', () => {
  it.each([1, 7, 100, 1000, 100_000])('in pieces of %i: the beginning and the end', (size) => {
    const whole = text(10_000);
    const tap = new AnswerTap({ coding: '', head: 100, tail: 300 });
    for (const piece of pieces(Buffer.from(whole), size)) tap.push(piece);
    expect(tap.head().toString()).toBe(whole.slice(0, 100));
    expect(tap.tail().toString()).toBe(whole.slice(-300));
    expect(tap.whole).toBe(false);
  });

  it.each([0, 50, 100, 101, 400])('all of %i bytes that fit', (length) => {
    const whole = text(length);
    const tap = new AnswerTap({ coding: 'identity', head: 100, tail: 300 });
    for (const piece of pieces(Buffer.from(whole), 7)) tap.push(piece);
    expect(tap.head().toString() + tap.tail().toString()).toBe(whole);
    expect(tap.whole).toBe(true);
  });

  it('only the beginning, if no end is wanted', () => {
    const tap = new AnswerTap({ coding: '', head: 10, tail: 0 });
    for (const piece of pieces(Buffer.from(text(64)), 9)) tap.push(piece);
    expect(tap.head()).toHaveLength(10);
    expect(tap.tail()).toHaveLength(0);
    expect(tap.whole).toBe(false);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('of %s what it unfolds to', async (coding, compress) => {
    const whole = text(50_000);
    const tap = new AnswerTap({ coding, head: 100, tail: 300 });
    for (const piece of pieces(compress(whole), 500)) tap.push(piece);
    await ended(tap);
    expect(tap.head().toString()).toBe(whole.slice(0, 100));
    expect(tap.tail().toString()).toBe(whole.slice(-300));
  });

  it('ends for what is broken off, broken, or nothing at all', async () => {
    for (const bytes of [gzipSync(text(5_000)).subarray(0, 700), Buffer.from('no gzip'), Buffer.alloc(0)]) {
      const tap = new AnswerTap({ coding: 'gzip', head: 100, tail: 300 });
      tap.push(bytes);
      await ended(tap);
    }
  });

  it('is given up if it unfolds too far', async () => {
    const tap = new AnswerTap({ coding: 'gzip', head: 100, tail: 300 });
    const bomb = gzipSync(Buffer.alloc(128 * 1024 * 1024));
    for (const piece of pieces(bomb, 16_384)) {
      tap.push(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended(tap);
    expect(tap.head()).toHaveLength(100);
  });
});

it('what is plain is told by its coding', () => {
  expect(['', ' ', 'identity', 'Identity', 'gzip', 'br'].map(isPlain)).toEqual([true, true, true, true, false, false]);
});
