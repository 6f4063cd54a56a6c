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

it.each<[string, number[], boolean | undefined]>([
  ['UTF-16, little end first', [0x7b, 0, 0x22, 0], true],
  ['the same with a mark and white space', [0xff, 0xfe, 0x20, 0, 0x7b, 0], true],
  ['UTF-16, big end first', [0, 0x7b], true],
  ['the same with a mark', [0xfe, 0xff, 0, 0x5b], true],
  ['UTF-32', [0, 0, 0, 0x7b], true],
  ['a mark that is none', [0xff, 0xfb, 0x7b], false],
  ['half a mark', [0xff], undefined],
  ['a video', [0, 0, 0, 0x18, 0x66], false],
  ['zeros', [0, 0, 0, 0, 0, 0, 0, 0, 0], false],
])('%s as bytes', (_, bytes, expected) => expect(mayOpenJson(new Uint8Array(bytes))).toBe(expected));

it('waits for the whole byte order mark', () => {
  expect(mayOpenJson(new Uint8Array([0xef]))).toBe(undefined);
  expect(mayOpenJson(new Uint8Array([0xef, 0xbb]))).toBe(undefined);
  expect(mayOpenJson(new Uint8Array([0xef, 0x41]))).toBe(false);
  expect(mayOpenJson(new Uint8Array([0xef, 0xbb, 0x41]))).toBe(false);
});
