import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFormat, FORMAT_NAMES } from '../../../src/sinks/formats/format.ts';
import { jsonLine } from '../../../src/sinks/formats/json-line.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { CONTROL } from './grammar.ts';
import { hostileEvent } from './hostile.ts';
import { emptyEvents, findingEvents } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };

/** Halves of characters are replaced, everything else is as it was. */
function wellFormed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed() : member,
  );
}

test('the stored event is the line, with its columns in their order', () => {
  const native = createFormat('native', ORIGIN);
  for (const event of [flowEvent(), ...emptyEvents(), ...findingEvents()]) {
    const line = native(event)!;
    expect(JSON.parse(line)).toEqual(event);
    expect(Object.keys(JSON.parse(line) as object)).toEqual(Object.keys(event));
  }
});

test('texts of an attacker come back as they were', () => {
  fc.assert(
    fc.property(hostileEvent, (event) => {
      expect(JSON.parse(createFormat('native', ORIGIN)(event)!)).toEqual(wellFormed(event));
    }),
    { numRuns: 400 },
  );
});

test('no format breaks a line, drives a terminal or turns text around', () => {
  fc.assert(
    fc.property(hostileEvent, fc.constantFrom(...FORMAT_NAMES), (event, name) => {
      const line = createFormat(name, ORIGIN)(event);
      // A tab is the delimiter of LEEF.
      expect(line ?? '').not.toMatch(CONTROL);
      expect(line ?? '').not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      expect((line ?? '').isWellFormed()).toBe(true);
      expect(line).not.toBe('');
    }),
    { numRuns: 800 },
  );
});

test('an escape that is text stays text', () => {
  expect(jsonLine({ a: '\\ud800', b: '\ud800' })).toBe('{"a":"\\\\ud800","b":"\ufffd"}');
  expect(jsonLine({ a: 'x\u2028\u202ey' })).toBe('{"a":"x\\u2028\\u202ey"}');
});
