import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../../src/engine/event.ts';
import { factsOf } from '../../../src/sinks/formats/facts.ts';
import { toLeef } from '../../../src/sinks/formats/leef.ts';
import { cut, oneLine } from '../../../src/sinks/formats/plain-text.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { parseLeef } from './grammar.ts';
import { hostileEvent, hostileText } from './hostile.ts';
import { auditEvents, companyEvents, emptyEvents, findingEvents, matchEvent } from './sample-events.ts';

const ORIGIN = { version: '1.2.3' };

function problemsOf(event: Event): string[] {
  const line = toLeef(event, ORIGIN);
  if (line === undefined) return event.kind === 'tool_seen' ? [] : [`nothing for ${event.kind}`];
  const { vendor, product, attributes } = parseLeef(line);
  const has = (key: string, allowed: (value: string) => boolean): string[] => {
    const value = attributes.get(key);
    return value === undefined || allowed(value) ? [] : [`${key}: ${value.slice(0, 40)}`];
  };
  const isPort = (value: string): boolean => Number(value) > 0 && Number(value) <= 65_535;
  return [
    ...(vendor === 'Daylight' && product === 'Daylight' ? [] : ['header']),
    ...has('devTime', (value) => /^\d{13}$/.test(value)),
    ...has('sev', (value) => Number(value) >= 1 && Number(value) <= 10),
    ...has('usrName', (value) => value.length <= 255),
    ...has('src', (value) => isIP(value) > 0),
    ...has('dst', (value) => isIP(value) > 0),
    ...has('srcPort', isPort),
    ...has('dstPort', isPort),
  ];
}

test('days of a company keep the grammar', { timeout: 60_000 }, async () => {
  expect((await companyEvents()).flatMap(problemsOf)).toEqual([]);
});

test('findings of servers, acts of administrators and events that know next to nothing keep it', () => {
  expect([...findingEvents(), ...auditEvents(), ...emptyEvents()].flatMap(problemsOf)).toEqual([]);
});

test('texts of an attacker keep it, and are read back as they are shown', () => {
  fc.assert(
    fc.property(hostileEvent, (event) => {
      expect(problemsOf(event)).toEqual([]);
      const { attributes } = parseLeef(toLeef(event, ORIGIN)!);
      const facts = factsOf(event)!;
      const there = (text: string | undefined, most = 1023): string | undefined => (text ? cut(oneLine(text), most) : undefined);
      expect(attributes.get('usrName')).toBe(there(facts.user, 255));
      expect(attributes.get('msg')).toBe(there(facts.message));
      expect(attributes.get('url')).toBe(there(facts.url, 2048));
      expect(attributes.get('rule')).toBe(there(facts.rule));
    }),
    { numRuns: 400 },
  );
});

test('a version cannot end the header', () => {
  fc.assert(
    fc.property(hostileText, (version) => {
      expect(parseLeef(toLeef(flowEvent(), { version })!).attributes.get('disposition')).toBe('logged');
    }),
  );
});

test('an exchange is mapped', () => {
  const event = flowEvent({ ts: 1_795_176_000_123, user_id: 'a\tusrName=root\nb' });
  const line = toLeef(event, ORIGIN)!;
  expect(
    line.startsWith('LEEF:2.0|Daylight|Daylight|1.2.3|http_flow:shadow|x09|devTime=1795176000123\tcat=shadow\tsev=8\t'),
  ).toBe(true);
  expect(Object.fromEntries(parseLeef(line).attributes)).toMatchObject({
    ...{ usrName: 'a\\u{9}usrName=root\\u{a}b', src: '10.1.2.3', dst: '93.184.216.34', srcPort: '54321', dstPort: '443' },
    ...{ rule: 'mcp-jsonrpc', disposition: 'logged', url: 'https://mcp.example.com/mcp?session=1', eventId: event.event_id },
  });
});

test('sealed evidence stays in the store', () => {
  expect(toLeef(matchEvent({ evidence: 'eyJhbGciOi.sealed' }), ORIGIN)).not.toContain('sealed');
});
