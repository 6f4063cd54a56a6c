// Every document against the fields of ECS 9.3.0 that are relied on, and those against the published list where it is at hand (ECS_FIELDS
// names generated/ecs/ecs_flat.yml of the repository elastic/ecs, at v9.3.0).

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Event } from '../../../src/engine/event.ts';
import { toEcs } from '../../../src/sinks/formats/ecs/ecs.ts';
import { jsonLine } from '../../../src/sinks/formats/json-line.ts';
import { flowEvent, llmCallEvent } from '../../store/sample-event.ts';
import { ECS_FIELDS, TYPES_OF, WORDS } from './ecs-fields.ts';
import { hostileEvent } from './hostile.ts';
import { auditEvents, companyEvents, emptyEvents, findingEvents, matchEvent } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };

function sent(event: Event): Record<string, unknown> | undefined {
  const document = toEcs(event, ORIGIN);
  return document && (JSON.parse(jsonLine(document)) as Record<string, unknown>);
}

/** Fields with their values; `daylight` is ours. */
function* fieldsOf(object: object, path = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(object)) {
    const field = path === '' ? name : `${path}.${name}`;
    if (field === 'daylight') continue;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) yield* fieldsOf(value, field);
    else yield [field, value];
  }
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'long':
    case 'integer':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'ip':
      return typeof value === 'string' && isIP(value) > 0;
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
    default:
      return typeof value === 'string' && value !== '' && value.isWellFormed();
  }
}

function problemsOf(document: Record<string, unknown>): string[] {
  const found: string[] = [];
  for (const [field, value] of fieldsOf(document)) {
    const type = ECS_FIELDS.get(field);
    if (type === undefined) found.push(`${field} is no field`);
    else
      for (const each of [value].flat()) if (!isOfType(each, type)) found.push(`${field} is no ${type}: ${JSON.stringify(each)}`);
    if (WORDS[field] && !WORDS[field].split(' ').includes(String(value))) found.push(`${field} is ${String(value)}`);
  }
  const { category, type } = document.event as { category: string[]; type: string[] };
  const allowed = category.flatMap((each) => TYPES_OF[each]?.split(' ') ?? []);
  for (const each of type) if (!allowed.includes(each)) found.push(`event.type ${each} does not go with ${category.join()}`);
  return found;
}

function problems(events: readonly Event[]): string[] {
  const documents = events.map(sent).filter((document) => document !== undefined);
  return [...new Set(documents.flatMap(problemsOf))];
}

test('days of a company are valid', { timeout: 60_000 }, async () => {
  expect(problems(await companyEvents())).toEqual([]);
});

test('findings of servers, acts of administrators and events that know next to nothing are valid', () => {
  expect(problems([...findingEvents(), ...auditEvents(), ...emptyEvents()])).toEqual([]);
});

test('texts of an attacker make no document invalid', () => {
  fc.assert(
    fc.property(hostileEvent, (event) => {
      expect(problems([event])).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('an exchange is mapped', () => {
  const event = flowEvent({ ts: Date.parse('2026-11-20T12:00:00.123Z') });
  expect(sent(event)).toMatchObject({
    '@timestamp': '2026-11-20T12:00:00.123Z',
    event: { id: event.event_id, kind: 'alert', action: 'logged', outcome: 'success', severity: 8, duration: 12_000_000 },
    observer: { name: 'test', product: 'Daylight', version: '1.2.3' },
    user: { name: 'alice@example.com', group: { name: ['engineering', 'all'] } },
    url: { full: 'https://mcp.example.com/mcp?session=1', domain: 'mcp.example.com', query: 'session=1' },
    source: { ip: '10.1.2.3', port: 54_321 },
    rule: { id: 'mcp-jsonrpc' },
    tls: { version: '1.3', version_protocol: 'tls', client: { server_name: 'mcp.example.com' } },
    related: { ip: ['10.1.2.3', '93.184.216.34'], hosts: ['mcp.example.com'] },
    daylight: { traffic: 'shadow', mcp_method: 'tools/call', title: 'Unapproved MCP server' },
  });
});

test('a model call has what generative AI has fields for', () => {
  expect(sent(llmCallEvent({ input_tokens: 3, output_tokens: 4 }))).toMatchObject({
    gen_ai: { request: { model: 'gpt-5.5' }, usage: { input_tokens: 3, output_tokens: 4 }, system: 'openai' },
  });
});

test('sealed evidence stays in the store', () => {
  expect(JSON.stringify(sent(matchEvent({ evidence: 'eyJhbGciOi.sealed' })))).not.toContain('sealed');
});

const list = process.env.ECS_FIELDS;

describe.for(list ? [list] : [])('what is relied on is in %s', (file) => {
  const published = parse(readFileSync(file, 'utf8')) as Record<string, { type: string; allowed_values?: Allowed[] }>;

  test('with its type', () => {
    const theirs = [...ECS_FIELDS.keys()].map((field) => [field, published[field]?.type]);
    expect(new Map(theirs as [string, string][])).toEqual(ECS_FIELDS);
  });

  test('with its words', () => {
    for (const [field, words] of Object.entries(WORDS))
      expect(published[field]?.allowed_values?.map(({ name }) => name).sort()).toEqual(words.split(' ').sort());
    for (const [category, types] of Object.entries(TYPES_OF)) {
      const found = published['event.category']?.allowed_values?.find(({ name }) => name === category);
      expect([category, found?.expected_event_types?.toSorted()]).toEqual([category, types.split(' ').sort()]);
    }
  });
});

interface Allowed {
  name: string;
  expected_event_types?: string[];
}
