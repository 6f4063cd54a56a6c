import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCredentialRedactor } from '../../../src/engine/dlp/credentials.ts';
import { CARD, clockTools, compile, TOKEN, tools } from './scanning.ts';

const redact = createCredentialRedactor(compile([]), tools);

describe('text that is stored', () => {
  it('has no credentials, whatever its profiles', () => {
    expect(redact(`see ${TOKEN}, and password = hunter2hunter2.`)).toBe('see {redacted}, and password = {redacted}');
    expect(redact(`${encodeURIComponent('a b')} ${Buffer.from(`the token: ${TOKEN}`).toString('base64')}`)).not.toContain(
      'Z2hwX2',
    );
  });

  it('stays JSON if it is JSON, wherever in it they stand', () => {
    const text = JSON.stringify({ a: [`x "${TOKEN}"`], password: 'tab\there-it-is', [TOKEN]: 1, b: { c: 'plain' } });
    expect(JSON.parse(redact(text))).toEqual({
      a: ['x "{redacted}"'],
      password: 'tab\there-it-is',
      '{redacted}': 1,
      b: { c: 'plain' },
    });
    expect(JSON.parse(redact('{"db_password":"hunter2hunter2"}'))).toEqual({ db_password: '{redacted}' });
    expect(redact(`{"a":"${TOKEN} and then it was cut`)).toBe('{"a":"{redacted} and then it was cut');
  });

  it('keeps what is no credential', () => {
    const text = `card ${CARD}, ann@corp.example, strictly confidential`;
    expect(redact(text)).toBe(text);
    expect(redact('')).toBe('');
  });

  it('is not stored if it could not be read to its end', () => {
    const slow = createCredentialRedactor(compile([]), clockTools(1_000));
    expect(slow(`password=${'a1'.repeat(40)} `.repeat(5_000))).toBe('{redacted}');
    expect(redact('x'.repeat(5_000_000))).toBe('{redacted}');
    const broken = createCredentialRedactor(compile([]), {
      ...tools,
      now: () => {
        throw new Error('no clock');
      },
    });
    expect(broken(TOKEN)).toBe('{redacted}');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => typeof redact(text) === 'string'));
  });
});
