import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Reader, encodeLike, findRun, startsAsText } from '../../../src/engine/dlp/base64.ts';
import { JsonTokens } from '../../../src/engine/dlp/json-tokens.ts';
import { decodePercent } from '../../../src/engine/dlp/percent.ts';
import { unescapeJson, unescapePiece } from '../../../src/engine/dlp/unescape.ts';

describe('JSON strings', () => {
  it('are decoded as JSON decodes them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unescapeJson(JSON.stringify(text).slice(1, -1))).toBe(text);
      }),
    );
  });

  it('keep what is no escape, and never lose an escape between two pieces', () => {
    expect(unescapeJson('\\x \\u12 \\ud800 \\')).toBe('x u12 \ud800 ');
    const text = `"\n\\é\u{1f600}${'x'.repeat(7)}`.repeat(30_000);
    const raw = JSON.stringify(text).slice(1, -1).replaceAll('é', '\\u00e9');
    let joined = '';
    for (let at = 0; at < raw.length; ) {
      const [part, next] = unescapePiece(raw, at);
      expect(next).toBeGreaterThan(at);
      joined += part;
      at = next;
    }
    expect(joined).toBe(text);
  });
});

describe('percent escapes', () => {
  it('are decoded as UTF-8, with the place of each character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = `a%41${encodeURIComponent(text)}`;
        const decoded = decodePercent(escaped, 0, escaped.length);
        expect(decoded?.text).toBe(`aA${text}`);
        expect(decoded?.origins[2]).toBe(4);
        expect(decoded?.origins[decoded.text.length]).toBe(escaped.length);
      }),
    );
  });

  it('stay if they are none, or are malformed', () => {
    expect(decodePercent('100 % of a', 0, 10)).toBeUndefined();
    expect(decodePercent('%zz%4', 0, 5)).toBeUndefined();
    expect(decodePercent('%c0%af%ed%a0%80%f5%80%80%80%e2%82%41', 0, 36)?.text).toBe('%c0%af%ed%a0%80%f5%80%80%80%e2%82A');
  });
});

describe('base64', () => {
  const textOf = (coded: string): string | undefined => {
    const reader = new Base64Reader(coded, { start: 0, end: coded.length });
    let text = '';
    while (!reader.done) {
      const part = reader.next(8);
      if (part === undefined) return undefined;
      text += part;
    }
    return text;
  };

  it('is read and written again in its own form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.constantFrom('base64', 'base64url'), (text, form) => {
        const coded = Buffer.from(text).toString(form);
        expect(textOf(coded)).toBe(text);
        if (form === 'base64' || /[-_]/.test(coded)) expect(encodeLike(text, coded)).toBe(coded);
      }),
    );
  });

  it('is no text if it is not UTF-8, or holds what no text holds', () => {
    expect(textOf(Buffer.from([0xff, 0xfe, 0x41]).toString('base64'))).toBeUndefined();
    expect(textOf(Buffer.from('a\0b').toString('base64'))).toBeUndefined();
    const picture = Buffer.from('89504e470d0a1a0a0000000d494844520000', 'hex').toString('base64');
    expect(startsAsText(picture, { start: 0, end: picture.length })).toBe(false);
    const text = Buffer.from('grüße und viel mehr').toString('base64');
    expect(startsAsText(text, { start: 0, end: text.length })).toBe(true);
  });

  it('is found where 24 characters or more stand together', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.constantFrom(' ', '"', ', ', '.')), { maxLength: 8 }), (parts) => {
        const text = parts.map(([length, end]) => 'aB3/'.repeat(15).slice(0, length) + end).join('');
        const expected = [...text.matchAll(/[A-Za-z0-9+/_-]{24,}/g)].map(({ index }) => index);
        const found: number[] = [];
        for (let run = findRun(text, 0); run !== undefined; run = findRun(text, run.end)) found.push(run.start);
        expect(found).toEqual(expected);
      }),
    );
  });
});

describe('the values of a document', () => {
  const valuesOf = (text: string): [string, string][] => {
    const tokens = new JsonTokens(text);
    const found: [string, string][] = [];
    for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
      found.push([tokens.place(), text.slice(token.start, token.end)]);
    }
    return found;
  };

  it('come with their places', () => {
    expect(valuesOf(' {"a":[1,{"b":"x"},[],"y"],"c":{"d\\u0065":-2.5e3,"f":null},"g":"\\\\"}')).toEqual([
      ['a.0', '1'],
      ['a.1.b', 'x'],
      ['a.3', 'y'],
      ['c.de', '-2.5e3'],
      ['g', '\\\\'],
    ]);
  });

  it('are all strings and numbers of it, and any JSON is valid', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const expected: unknown[] = [];
        JSON.parse(text, (_, value: unknown) => {
          if (typeof value === 'string' || typeof value === 'number') expected.push(value);
          return value;
        });
        const tokens = new JsonTokens(text);
        const found: unknown[] = [];
        for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
          const raw = text.slice(token.start, token.end);
          found.push(JSON.parse(token.kind === 'string' ? `"${raw}"` : raw));
        }
        expect(tokens.invalid).toBe(false);
        // A name that comes twice counts once for JSON.parse.
        expect(found.length).toBeGreaterThanOrEqual(expected.length);
        for (const value of expected) expect(found).toContainEqual(value);
      }),
    );
  });

  it.each(['{"a":tru}', '[1]]', "{'a':1}", '{"a":1} x', '<html>'])('are not those of %s', (text) => {
    const tokens = new JsonTokens(text);
    while (tokens.next() !== undefined);
    expect(tokens.invalid).toBe(true);
  });

  it('have places without secrets, line ends or endless names', () => {
    const places = valuesOf(`{"4111111111111111":{"a@b.example":1},"x\\ny":2,"${'n'.repeat(500)}":3}`).map(([place]) => place);
    expect(places).toEqual(['{redacted}.{redacted}', 'x?y', `${'n'.repeat(64)}...`]);
  });
});
