import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanAll } from '../../../src/engine/dlp/scan.ts';
import {
  CARD,
  callWith,
  compile,
  cover,
  OTHER_CARD,
  REDACT_ALL,
  requests,
  responses,
  scanHeaders,
  scanJson,
  TOKEN,
  tools,
} from './scanning.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
const argumentsOf = (text: string | undefined): Record<string, unknown> => JSON.parse(text ?? '{}').params.arguments;
const PLACEHOLDER = /\[[a-z-]+ [0-9a-f]{6}\]/g;

describe('a redacted document', () => {
  it('changes nothing but the tokens that hold something', () => {
    const text = `{ "params" : {\t"a":"say \\"${CARD}\\"\\n\\u00e9", "b":"\\u0041 \\/ é", "n": ${OTHER_CARD} ,"e":1.50e3}\r\n}`;
    const { text: redacted, replaced } = scanJson(text);
    const [first, second] = [replaced.get(CARD), replaced.get(OTHER_CARD)];
    expect(redacted).toBe(
      `{ "params" : {\t"a":"say \\"${first}\\"\\né", "b":"\\u0041 \\/ é", "n": "${second}" ,"e":1.50e3}\r\n}`,
    );
  });

  it('has placeholders of the detector that are equal for equal values of a session only', () => {
    const text = callWith({ a: CARD, b: `again ${CARD}`, c: OTHER_CARD });
    const of = (session: string) => scanJson(text, requests, { tools, session });
    const { a, b, c } = argumentsOf(of('s').text);
    expect(a).toMatch(/^\[payment-card [0-9a-f]{6}\]$/);
    expect(b).toBe(`again ${a}`);
    expect(c).not.toBe(a);
    expect(argumentsOf(of('s').text).a).toBe(a);
    expect(argumentsOf(of('t').text).a).not.toBe(a);
    expect(of('s').replaced).toEqual(
      new Map([
        [CARD, a],
        [OTHER_CARD, c],
      ]),
    );
  });

  it('escapes the placeholder among percent escapes only', () => {
    const { a, b } = argumentsOf(
      scanJson(callWith({ a: `?c=${encodeURIComponent(CARD)}&d=%20`, b: `?c=${OTHER_CARD}&d=%20` })).text,
    );
    expect(decodeURIComponent(String(a))).toMatch(/^\?c=\[payment-card [0-9a-f]{6}\]&d= $/);
    expect(a).toMatch(/^\?c=%5Bpayment-card%20[0-9a-f]{6}%5D&d=%20$/);
    expect(b).toMatch(/^\?c=\[payment-card [0-9a-f]{6}\]&d=%20$/);
  });

  it('writes base64 anew, in its alphabet and padding, and leaves the text around it', () => {
    const secret = `the card ${CARD} is there, ÿÿÿ~~~???`;
    const { std, url, two } = argumentsOf(
      scanJson(
        callWith({
          std: `a ${base64(secret)} b`,
          url: Buffer.from(secret).toString('base64url'),
          two: base64(`${secret} ${OTHER_CARD}`),
        }),
      ).text,
    );
    const expected = /^the card \[payment-card [0-9a-f]{6}\] is there, ÿÿÿ~~~\?\?\?/;
    expect(decoded(String(std).slice(2, -2))).toMatch(expected);
    expect(String(std)).toMatch(/^a .* b$/);
    expect(String(url)).not.toMatch(/[+/=]/);
    expect(Buffer.from(String(url), 'base64url').toString()).toMatch(expected);
    expect(decoded(String(two)).match(PLACEHOLDER)).toHaveLength(2);
  });

  it('keeps the other half of a surrogate pair, and what is no valid escape, readable', () => {
    const { text } = scanJson(`{"params":{"a":"\\ud83d ${CARD} \\x"}}`);
    expect(JSON.parse(text ?? '').params.a).toMatch(/^\ud83d \[payment-card [0-9a-f]{6}\] x$/);
  });

  it('may be no JSON at all, or one that ends too early', () => {
    expect(scanJson(`token ${TOKEN} and so on`).text).toMatch(/^token \[github-token [0-9a-f]{6}\] and so on$/);
    expect(scanJson(`{"params":{"a":"x ${TOKEN} and`).text).toMatch(/^\{"params":\{"a":"x \[github-token [0-9a-f]{6}\] and$/);
    expect(scanJson(`{"params":{"a":"${TOKEN}"}} trailing`).text).toMatch(
      /^\{"params":\{"a":"\[github-token [0-9a-f]{6}\]"\}\} trailing$/,
    );
  });

  it('is not written where findings are logged', () => {
    const logging = cover(compile([{ ...REDACT_ALL, request: 'log' }]));
    expect(scanJson(callWith({ a: CARD }), logging).text).toBeUndefined();
    expect(scanJson(callWith({ a: CARD }), logging).replaced.size).toBe(0);
  });
});

/** Pieces of text of which some hold something. */
const piece = fc.oneof(
  fc.constantFrom(
    CARD,
    OTHER_CARD,
    TOKEN,
    'password=',
    'password: "abcdefgh1"',
    'hunter2hunter2',
    'card',
    'strictly confidential',
    'ann@corp.example',
    'bob@corp.example',
    'cid@corp.example',
    'routing number 021000021',
    '123456789',
    '%34%31',
    encodeURIComponent(CARD),
    '[payment-card 3f9a1c]',
    '[',
    '"',
    '\\',
    '\n',
    '\u200b',
    '\u{e0041}\u{e0042}',
  ),
  fc.constantFrom(CARD, TOKEN, 'password=abcdefgh').map((text) => base64(`this is ${text} in base64`)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));
const message = fc
  .record({ a: text, b: fc.array(text, { maxLength: 3 }), password: text, n: fc.constantFrom(1, 5105105105105100) })
  .map((args) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { arguments: args }, result: args }));

describe('for any message', () => {
  it('the redacted form is JSON of the same shape, and differs only where something was found', () => {
    fc.assert(
      fc.property(message, (body) => {
        const result = scanJson(body, responses);
        if (result.findings.length === 0) {
          expect(result.text).toBeUndefined();
          return;
        }
        const found = new Set(result.findings.map(({ where }) => where));
        const before = leaves(JSON.parse(body));
        const after = leaves(JSON.parse(result.text ?? ''));
        expect([...after.keys()]).toEqual([...before.keys()]);
        for (const [place, value] of before) {
          const same = after.get(place) === value;
          expect([place, same]).toEqual([place, !found.has(`response.body.${place}`)]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nothing is found in what was redacted', () => {
    fc.assert(
      fc.property(message, (body) => {
        const { text: redacted } = scanJson(body, responses);
        if (redacted !== undefined) expect(scanJson(redacted, responses).findings).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

it('headers that were redacted hold nothing more', () => {
  const first = scanHeaders(['mcp-param-a', `${CARD} ${encodeURIComponent(TOKEN)}`, 'mcp-param-b', `=?base64?${base64(CARD)}?=`]);
  expect(first.findings).toHaveLength(3);
  const again = scanAll({ kind: 'headers', headers: first.headers ?? [], where: '' }, requests, { tools, session: 's' });
  expect(again.findings).toEqual([]);
});

/** All strings and numbers of a document by their places. */
function leaves(value: unknown, place: readonly string[] = []): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[place.join('.'), value]]);
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...leaves(inner, [...place, name])]));
}
