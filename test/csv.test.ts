import { describe, expect, test } from 'vitest';
import { readCsv } from '../src/csv.ts';

describe('readCsv', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain fields',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'CRLF and no line end at the end',
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['quotes around commas, quotes and line ends', 'a\n"1,""2""\r\n3"\n', [['a'], ['1,"2"\r\n3']]],
    [
      'empty fields',
      'a,,\n,"",\n',
      [
        ['a', '', ''],
        ['', '', ''],
      ],
    ],
    [
      'an empty field at the very end',
      'a,b\n1,',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['empty lines', '\na\n\n1\n\n', [['a'], ['1']]],
    ['a byte order mark', '\ufeffa\n1\n', [['a'], ['1']]],
    ['nothing', '', []],
    ['white space, which belongs to the field', ' a , b\n', [[' a ', ' b']]],
  ])('reads %s', (_what, text, expected) => {
    expect(readCsv(text)).toEqual(expected);
  });

  test.each([
    ['a quote that is not closed', 'a\n1\n"2\n', 'line 3: the quote'],
    ['text behind a closing quote', 'a\n"1"2\n', 'line 2: text follows'],
  ])('refuses %s and names the line', (_what, text, message) => {
    expect(() => readCsv(text)).toThrow(message);
  });
});
