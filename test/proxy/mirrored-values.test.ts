import { describe, expect, it } from 'vitest';
import { redactHeaders, redactJson } from '../../src/proxy/mirrored-values.ts';

const CARD = '4111 1111 1111 1111';
const MARK = '[payment-card 3f9a1c]';
const replaced = new Map([[CARD, MARK]]);
const base64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe('what was redacted in the body', () => {
  it('is replaced in the fields that repeat it, plain or in base64, and in no others', () => {
    const headers = ['Host', 'a', 'Mcp-Param-Note', `pay ${CARD}`, 'mcp-name', base64(`é ${CARD}`), 'Authorization', CARD];
    expect(redactHeaders(headers, replaced)).toEqual([
      ...['Host', 'a', 'Mcp-Param-Note', `pay ${MARK}`, 'mcp-name', base64(`é ${MARK}`), 'Authorization', CARD],
    ]);
  });

  it('leaves other heads as they are', () => {
    expect(redactHeaders(['Mcp-Param-Note', 'x'], replaced)).toBeUndefined();
    expect(redactHeaders(['Mcp-Param-Note', CARD], new Map())).toBeUndefined();
  });
});

describe('what was redacted in the head', () => {
  it('is replaced in values of the body, and the JSON stays valid', () => {
    const text = `{"a":"say \\"${CARD}\\"","${CARD}":1,"n":4111111111111111,"other":41111111111111112}`;
    const marks = new Map([...replaced, ['4111111111111111', '[n]']]);
    expect(redactJson(text, marks)).toBe(`{"a":"say \\"${MARK}\\"","${CARD}":1,"n":"[n]","other":41111111111111112}`);
  });

  it('takes a text that is not JSON', () => {
    expect(redactJson(`{"open ${CARD}`, replaced)).toBe(`{"open ${CARD}`);
  });
});
