// Work is counted in looks at the clock, not in time: each stands for a bounded piece of work.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanAll, startScan } from '../../../src/engine/dlp/scan.ts';
import type { Content, ScanResult } from '../../../src/engine/dlp/types.ts';
import {
  CARD,
  callWith,
  clockTools,
  compile,
  cover,
  DETECTORS,
  detector,
  REDACT_ALL,
  responses,
  scanJson,
  TOKEN,
  tools,
} from './scanning.ts';

const MIB = 1024 * 1024;
const fill = (unit: string, length = MIB): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const answer = (text: string): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text } });

const hungry = detector({
  id: 'hungry',
  patterns: [{ regex: String.raw`(?i)[a-z0-9_.-]{0,40}(?:token|@)\s{0,3}[:=]?([^;]{0,60};)?` }],
  anchors: { literals: ['token', '@', 'a'], digits: 4 },
});
const many = cover(compile([REDACT_ALL], [...DETECTORS, hungry]), 'response');

/** Scans with a clock that goes on by `tick` with each look. */
function scanTicking(text: string, tick: number): { result: ScanResult; looks: number } {
  const clock = clockTools(tick);
  const result = scanAll({ kind: 'json', text, where: 'response.body' }, many, { tools: clock, session: 's' });
  return { result, looks: clock.looks() };
}

describe('a scan ends at its budget', () => {
  const texts: [string, string][] = [
    ['candidates of every detector', answer(fill(`${CARD} ${TOKEN} password=abcdefgh a@b.cc 021000021 aba `))],
    ['a@a@a', answer(fill('a@'))],
    ['digits with separators', answer(fill('1234 5678 '))],
    ['words that nearly match', answer(fill('token = '))],
  ];

  it.each(texts)('%s', (_, text) => {
    const { result, looks } = scanTicking(text, 1);
    expect(result.truncated).toBe('budget');
    // 60 ms for each MiB of 1 ms, and what is written afterwards.
    expect(looks).toBeLessThan(60 * Math.ceil(text.length / MIB) + 5_100);
  });

  it('with what was found so far, and redacted so far', () => {
    const { result } = scanTicking(callWith({ a: Array.from({ length: 3_000 }, () => CARD) }), 5);
    expect(result).toMatchObject({ truncated: 'budget', action: 'redact' });
    const { a } = JSON.parse(result.text ?? '').params.arguments;
    expect(a[0]).toMatch(/^\[payment-card [0-9a-f]{6}\]$/);
    expect(a.at(-1)).toBe(CARD);
  });

  it('but not before it has done what little a short message needs, however slow the clock says it is', () => {
    expect(scanTicking(callWith({ a: CARD }), 1_000).result).toMatchObject({ truncated: '', action: 'redact' });
  });

  it('and counts only its own time, not the pauses between', () => {
    const clock = clockTools(0.01);
    let late = 0;
    const patient = { ...clock, now: () => clock.now() + late };
    const scan = startScan({ kind: 'json', text: answer(fill(`${CARD} `, 60_000)), where: '' }, responses, {
      tools: patient,
      session: '',
    });
    while (!scan.run(0)) late += 1_000;
    expect(scan.result().truncated).toBe('');
  });
});

describe('work is linear', () => {
  const shapes: [string, (length: number) => string][] = [
    ['nesting', (length) => `{"result":${'['.repeat(length)}`],
    ['named nesting', (length) => '{"params":'.repeat(length / 10)],
    ['digits only', (length) => answer(fill('1234567890', length))],
    ['backslashes', (length) => `{"result":{"a":"${'\\\\'.repeat(length / 2)}`],
    ['escapes', (length) => `{"result":{"a":"${'\\u0041'.repeat(length / 6)}"}}`],
    ['broken escapes', (length) => `{"result":{"a":"${'\\x\\u00'.repeat(length / 6)}"}}`],
    ['percent signs', (length) => answer(fill('%%%4', length))],
    ['base64 of text', (length) => answer(Buffer.from(fill('plain text ', length * 0.75)).toString('base64'))],
    ['base64 of noise', (length) => answer(fill('+/v9', length))],
    ['empty strings', (length) => `{"result":[${'"",'.repeat(length / 3)}1]}`],
    ['numbers', (length) => `{"result":[${'1234567890123,'.repeat(length / 14)}1]}`],
    ['telling names', (length) => `{"result":{${'"password":"x",'.repeat(length / 15)}"a":1}}`],
    ['zeros', (length) => '\0'.repeat(length)],
    ['halves of pairs', (length) => answer(fill('\ud800', length / 6))],
    ['quotes', (length) => '"'.repeat(length)],
    ['brackets', (length) => '[{'.repeat(length / 2)],
    ['placeholders', (length) => answer(fill('[payment-card 3f9a1c] ', length))],
  ];

  it.each(shapes)('in %s', (_, build) => {
    const looks = (length: number): number => scanTicking(build(length), 0).looks;
    const [half, whole] = [looks(MIB / 4), looks(MIB / 2)];
    expect(whole).toBeLessThanOrEqual(2 * half + 4);
  });

  it('in depth, of which a place names the outer and the innermost levels', () => {
    const deep = `{"result":${'['.repeat(1_000_000)}"${CARD}"${']'.repeat(1_000_000)}}`;
    const { findings, truncated } = scanJson(deep, responses);
    expect(truncated).toBe('');
    expect(findings[0]?.where).toMatch(/^response\.body\.result\.0\.0\..*\.\.\.\.0$/);
    expect(findings[0]?.where.length).toBeLessThan(450);
  });
});

describe('what cannot be read', () => {
  it('is cut after 4 Mi characters, and what stands before is read', () => {
    const text = callWith({ a: CARD, b: fill('x ', 4 * MIB), c: CARD });
    const result = scanJson(text);
    expect(result.truncated).toBe('size');
    expect(result.findings.map(({ where }) => where)).toEqual(['request.body.params.arguments.a']);
    expect(JSON.parse(result.text ?? '').params.arguments.c).toBe(CARD);
  });

  it('is a string of 50 MB, of which 4 are read', () => {
    const { result, looks } = scanTicking(answer(fill('plain text, ', 50 * MIB)), 0);
    expect(result).toMatchObject({ truncated: 'size', findings: [] });
    expect(looks).toBeLessThan(2_000);
  });

  it('is not text: it is searched all the same', () => {
    expect(scanJson(`\0\u0001\ufffd ${CARD}`)).toMatchObject({ truncated: 'unreadable', findings: [{ where: 'request.body' }] });
    expect(scanJson(fill(`\ufffd\ufffd \\ `, 1_000))).toMatchObject({ truncated: 'unreadable', findings: [] });
  });

  it('is base64 that is too long', () => {
    const long = Buffer.from(fill('plain text ', MIB)).toString('base64');
    expect(scanJson(callWith({ long }))).toMatchObject({ truncated: 'size', findings: [] });
  });
});

describe('for any text', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          ':',
          ',',
          '\\',
          '\\u',
          '\\ud800',
          '0',
          '4111111111111111',
          'result',
          'params',
          '%3',
          '%e2%82',
          'QUJD',
          'eyJh',
          '[jwt 123456]',
          CARD,
          TOKEN,
          '@',
          'password=',
          '\0',
          '\ud800',
          '\u{e0041}',
          'true',
          ' ',
          '-',
          '1e9',
          '=?base64?',
        ),
      )
      .map((parts) => parts.join('')),
    fc.json(),
  );
  const place = fc.constantFrom('', 'string', 'raw');

  it('nothing is thrown, and a scan in slices finds what a scan at once finds', () => {
    fc.assert(
      fc.property(hostile, place, (text, where) => {
        const body = where === 'string' ? answer(text) : where === 'raw' ? `{"result":${text}}` : text;
        const contents: Content[] = [
          { kind: 'json', text: body, where: 'response.body' },
          { kind: 'headers', headers: ['mcp-param-a', text, 'x-b', `=?base64?${text}?=`], where: 'response.headers' },
        ];
        for (const content of contents) {
          const whole = scanAll(content, responses, { tools, session: 's' });
          const scan = startScan(content, responses, { tools, session: 's' });
          while (!scan.run(-1));
          expect(scan.result()).toEqual(whole);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a longer one in slices, too', () => {
    const text = answer(fill(`${CARD} ${TOKEN} ${encodeURIComponent(CARD)} text `, 300_000));
    const content: Content = { kind: 'json', text, where: 'response.body' };
    const whole = scanAll(content, responses, { tools, session: 's' });
    const scan = startScan(content, responses, { tools, session: 's' });
    let slices = 1;
    while (!scan.run(-1)) slices += 1;
    expect(slices).toBeGreaterThan(10);
    expect(scan.result()).toEqual(whole);
  });
});
