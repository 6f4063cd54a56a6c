import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../../src/engine/event.ts';
import { toCef } from '../../../src/sinks/formats/cef.ts';
import { factsOf } from '../../../src/sinks/formats/facts.ts';
import { cut, shownText } from '../../../src/sinks/formats/plain-text.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { CEF_KEYS, parseCef } from './grammar.ts';
import { hostileEvent, hostileText } from './hostile.ts';
import { auditEvents, companyEvents, emptyEvents, findingEvents, matchEvent } from './sample-events.ts';

const ORIGIN = { version: '1.2.3' };

/** What the value of a key may be. */
function isAllowed(key: string, value: string): boolean {
  const holds = CEF_KEYS[key];
  if (typeof holds === 'number') return value.length <= holds;
  if (holds === 'ipv4') return isIPv4(value);
  if (holds === 'ipv6') return isIPv6(value);
  if (holds === 'port') return Number(value) > 0 && Number(value) <= 65_535;
  return holds === 'time' ? /^\d{13}$/.test(value) : holds === 'number' && /^-?\d+$/.test(value);
}

/** Reads it back and looks at each value. */
function problemsOf(event: Event): string[] {
  const line = toCef(event, ORIGIN);
  if (line === undefined) return event.kind === 'tool_seen' ? [] : [`nothing for ${event.kind}`];
  const { vendor, product, productVersion, extension } = parseCef(line);
  const found = [vendor, product, productVersion].join() === 'Daylight,Daylight,1.2.3' ? [] : ['header'];
  for (const [key, value] of extension) {
    if (!isAllowed(key, value)) found.push(`${key}: ${value.slice(0, 40)}`);
    if (/^(?:cs|cn|c6a|flexString)\d$/.test(key) && !extension.has(`${key}Label`)) found.push(`${key} has no label`);
  }
  return found;
}

test('days of a company keep the grammar and the lengths', { timeout: 60_000 }, async () => {
  expect((await companyEvents()).flatMap(problemsOf)).toEqual([]);
});

test('findings of servers, acts of administrators and events that know next to nothing keep them', () => {
  expect([...findingEvents(), ...auditEvents(), ...emptyEvents()].flatMap(problemsOf)).toEqual([]);
});

test('texts of an attacker keep them, and are read back as they were', () => {
  fc.assert(
    fc.property(hostileEvent, (event) => {
      expect(problemsOf(event)).toEqual([]);
      const { extension } = parseCef(toCef(event, ORIGIN)!);
      const facts = factsOf(event)!;
      const there = (text: string | undefined, most: number): string | undefined =>
        text ? cut(shownText(text), most) : undefined;
      expect(extension.get('msg')).toBe(there(facts.message, 1023));
      expect(extension.get('suser')).toBe(there(facts.user, 1023));
      expect(extension.get('request')).toBe(there(facts.url, 1023));
      expect(extension.get('cs1')).toBe(there(facts.rule, 4000));
      expect(extension.get('dvchost')).toBe(there(facts.sensor, 100));
    }),
    { numRuns: 400 },
  );
});

test('a version cannot end the header', () => {
  fc.assert(
    fc.property(hostileText, (version) => {
      const { productVersion, extension } = parseCef(toCef(flowEvent(), { version })!);
      expect(productVersion.length).toBeLessThanOrEqual(31);
      expect(extension.get('act')).toBe('logged');
    }),
  );
});

test('an exchange is mapped', () => {
  const event = flowEvent({ ts: 1_795_176_000_123, user_id: 'a|b=c\\d\ne', src_ip: '2001:db8::7' });
  const line = toCef(event, ORIGIN)!;
  expect(line).toContain('|http_flow:shadow|Unapproved MCP server|8|rt=1795176000123 ');
  expect(line).toContain('suser=a|b\\=c\\\\d\\ne ');
  expect(Object.fromEntries(parseCef(line).extension)).toMatchObject({
    ...{ suser: 'a|b=c\\d\ne', c6a2: '2001:db8::7', c6a2Label: 'Source IPv6 Address', dst: '93.184.216.34', app: 'HTTPS' },
    ...{
      act: 'logged',
      cs1: 'mcp-jsonrpc',
      cs1Label: 'rule',
      cs3: 'tools/call echo',
      cs5: 'log default-mode',
      externalId: event.event_id,
    },
  });
});

test('sealed evidence stays in the store', () => {
  expect(toCef(matchEvent({ evidence: 'eyJhbGciOi.sealed' }), ORIGIN)).not.toContain('sealed');
});
