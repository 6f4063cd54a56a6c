import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ASK_VALID_MS, askKey, createAskLink, readAsk, signAsk } from '../src/ask-token.ts';
import { uuid7 } from './store/sample-event.ts';

const MADE = Date.parse('2026-11-20T12:00:00Z');
const eventId = uuid7(MADE);
const installation = randomBytes(32);
const key = askKey(installation);
const token = signAsk(key, eventId);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a link to ask for approval', () => {
  it('leads back to its event, for seven days after it', () => {
    expect(readAsk(key, token, MADE)).toEqual({ is: 'valid', eventId });
    expect(readAsk(key, token, MADE + ASK_VALID_MS - 1)).toEqual({ is: 'valid', eventId });
    expect(readAsk(key, token, MADE + ASK_VALID_MS)).toEqual({ is: 'expired', eventId });
  });

  it('is refused when any of its characters is another', () => {
    for (let at = 0; at < token.length; at++) {
      for (const other of ALPHABET) {
        if (token[at] === other) continue;
        const forged = token.slice(0, at) + other + token.slice(at + 1);
        expect(readAsk(key, forged, MADE)).toEqual({ is: 'unknown' });
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['a part of it', token.slice(0, -1)],
    ['more than it', `${token}A`],
    ['the event alone', token.slice(0, 22)],
    ['no signature', `${token.slice(0, 22)}.`],
    ['the id as people read it', eventId],
    ['a text of its length', '.'.repeat(token.length)],
    ['letters beyond ASCII', 'ä'.repeat(22) + token.slice(22)],
    ['100 kB', token.repeat(2_000)],
  ])('is refused when it is %s', (_what, text) => {
    expect(readAsk(key, text, MADE)).toEqual({ is: 'unknown' });
  });

  it('is refused by another installation, and by the installation key itself: links have a key of their own', () => {
    expect(readAsk(askKey(randomBytes(32)), token, MADE)).toEqual({ is: 'unknown' });
    expect(readAsk(installation, token, MADE)).toEqual({ is: 'unknown' });
  });

  it('of one event does not fit another', () => {
    const other = signAsk(key, uuid7(MADE));
    expect(readAsk(key, `${other.slice(0, 22)}${token.slice(22)}`, MADE)).toEqual({ is: 'unknown' });
  });

  it('begins with the public address of the console, or else with that of the appliance behind its own proxy', () => {
    expect(createAskLink('', installation)(eventId)).toBe(`http://daylight.internal/ask/${token}`);
    expect(createAskLink('https://corp.example/daylight/', installation)(eventId)).toBe(
      `https://corp.example/daylight/ask/${token}`,
    );
  });
});
