import { expect, it } from 'vitest';
import { mayOpenJson } from '../../../src/engine/signals/may-open-json.ts';

it.each<[string, boolean | undefined]>([
  ['{', true],
  ['[', true],
  [' \r\n\t{"a":1}', true],
  ['\ufeff{', true],
  ['\ufeff [', true],
  ['"text"', false],
  ['<html>', false],
  ['grant_type=x', false],
  ['', undefined],
  ['  \n', undefined],
  ['\ufeff', undefined],
])('%j: %s, as text and as bytes', (text, expected) => {
  expect(mayOpenJson(text)).toBe(expected);
  expect(mayOpenJson(new TextEncoder().encode(text))).toBe(expected);
});

it('waits for the whole byte order mark', () => {
  expect(mayOpenJson(new Uint8Array([0xef]))).toBe(undefined);
  expect(mayOpenJson(new Uint8Array([0xef, 0xbb]))).toBe(undefined);
  expect(mayOpenJson(new Uint8Array([0xef, 0x41]))).toBe(false);
  expect(mayOpenJson(new Uint8Array([0xef, 0xbb, 0x41]))).toBe(false);
});
