// Every mapped event against OCSF 1.8.0: against what this project relies on of it (ocsf/described.ts), and against the schema itself where
// a checkout of it is at hand (OCSF_SCHEMA names its folder, at tag 1.8.0).

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../../src/engine/event.ts';
import { jsonLine } from '../../../src/sinks/formats/json-line.ts';
import { toOcsf } from '../../../src/sinks/formats/ocsf/ocsf.ts';
import { flowEvent, mcpCallEvent } from '../../store/sample-event.ts';
import { DESCRIBED } from '../ocsf/described.ts';
import { readPublishedSchema } from '../ocsf/published.ts';
import { type OcsfSchema, problemsOf } from '../ocsf/schema.ts';
import { hostileEvent } from './hostile.ts';
import { auditEvents, companyEvents, emptyEvents, findingEvents, matchEvent } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };
const CHECKOUT = process.env.OCSF_SCHEMA;

const schemas: [string, () => OcsfSchema][] = [
  ['what is relied on', () => DESCRIBED],
  ...(CHECKOUT ? [['the published schema', () => readPublishedSchema(CHECKOUT)] as [string, () => OcsfSchema]] : []),
];

/** As it arrives. */
function sent(event: Event): Record<string, unknown> | undefined {
  const mapped = toOcsf(event, ORIGIN);
  return mapped && (JSON.parse(jsonLine(mapped)) as Record<string, unknown>);
}

describe.for(schemas)('against %s', ([, read]) => {
  let schema: OcsfSchema;
  let company: Event[];
  beforeAll(async () => {
    schema = read();
    company = await companyEvents();
  }, 60_000);

  function problems(events: readonly Event[]): Map<string, number> {
    const found = new Map<string, number>();
    for (const event of events) {
      const mapped = sent(event);
      if (!mapped) continue;
      for (const problem of problemsOf(mapped, schema)) {
        const key = `${event.kind}: ${problem}`;
        found.set(key, (found.get(key) ?? 0) + 1);
      }
    }
    return found;
  }

  test('days of a company are valid', () => {
    const kinds = new Set(company.map(({ kind }) => kind));
    for (const kind of ['http_flow', 'dlp_match', 'mcp_call', 'llm_call', 'tool_seen']) expect(kinds).toContain(kind);
    expect(company.length).toBeGreaterThan(1000);
    expect(problems(company)).toEqual(new Map());
  });

  test('findings of servers, acts of administrators and events that know next to nothing are valid', () => {
    expect(problems([...findingEvents(), ...auditEvents(), ...emptyEvents()])).toEqual(new Map());
  });

  test('texts of an attacker make no event invalid', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        expect([...problems([event]).keys()]).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('what is wrong is found', () => {
    const event = sent(flowEvent())!;
    expect(problemsOf({ ...event, made_up: 1 }, schema)).toEqual(['made_up is unknown']);
    expect(problemsOf({ ...event, severity_id: 77 }, schema)[0]).toContain('severity_id has no value 77');
    expect(problemsOf({ ...event, severity: 'Low' }, schema)).toEqual(['severity_id is High, not Low']);
    expect(problemsOf({ ...event, time: '2026' }, schema)[0]).toContain('time is no timestamp_t');
    expect(problemsOf({ ...event, src_endpoint: {} }, schema)[0]).toContain('src_endpoint has none of');
    expect(problemsOf({ ...event, src_endpoint: { ip: 'here' } }, schema)[0]).toContain('src_endpoint.ip is no ip_t');
    expect(problemsOf({ ...event, src_endpoint: { ip: '10.0.0.1', port: 70_000 } }, schema)[0]).toContain('port is no port_t');
    expect(problemsOf({ ...event, metadata: { version: '1.8.0', product: { name: 'a' } } }, schema).join()).toContain(
      'needs the profile security_control',
    );
    const { http_request, http_response, ...without } = event;
    expect(problemsOf(without, schema).join()).toContain('has none of http_request');
  });
});

describe('the mapping', () => {
  test('of an unapproved server that is logged', () => {
    const event = flowEvent({ ts: Date.parse('2026-11-20T12:00:00.123Z') });
    expect(sent(event)).toMatchObject({
      class_uid: 4002,
      type_uid: 400206,
      activity_name: 'Post',
      severity: 'High',
      time: 1_795_176_000_123,
      ...{ action_id: 3, action: 'Observed', disposition_id: 17, disposition: 'Logged', is_alert: true, status: 'Success' },
      metadata: {
        uid: event.event_id,
        version: '1.8.0',
        tenant_uid: 'default',
        reporter: { name: 'test' },
        product: { version: '1.2.3' },
      },
      actor: {
        user: { name: 'alice@example.com', email_addr: 'alice@example.com', groups: [{ name: 'engineering' }, { name: 'all' }] },
      },
      http_request: {
        http_method: 'POST',
        url: { url_string: 'https://mcp.example.com/mcp?session=1', path: '/mcp', query_string: 'session=1' },
      },
      http_response: { code: 200 },
      tls: { version: 'TLSv1.3', sni: 'mcp.example.com' },
      firewall_rule: { uid: 'mcp-jsonrpc' },
      policy: { name: 'default-mode' },
      unmapped: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'echo', traffic: 'shadow', rules: ['mcp-jsonrpc'] },
    });
  });

  test.for([
    ['allowed', 'allow', 1, 1],
    ['logged', 'log', 3, 17],
    ['redacted', 'redact', 4, 11],
    ['blocked', 'block', 2, 2],
    ['failed', 'log', 3, 27],
  ] as const)('of %s', ([disposition, action, action_id, disposition_id]) => {
    expect(sent(flowEvent({ disposition, action }))).toMatchObject({ action_id, disposition_id });
  });

  test('of a match names its exchange, and holds no sealed evidence', () => {
    const event = matchEvent({ evidence: 'eyJhbGciOi.sealed' });
    expect(sent(event)).toMatchObject({
      class_uid: 2006,
      metadata: { correlation_uid: event.parent_id },
      data_security: { detection_pattern: 'payment-card', pattern_match: '4539 **** **** 6467', category: 'Financial' },
    });
    expect(JSON.stringify(sent(event))).not.toContain('sealed');
  });

  test('of a call is an API activity of an AI operation', () => {
    expect(sent(mcpCallEvent({ client_name: 'inspector', session_id: 's-1' }))).toMatchObject({
      class_uid: 6003,
      metadata: { profiles: ['ai_operation', 'security_control'] },
      message_context: { ai_role: 'Tool', application: { name: 'inspector' }, uid: 's-1' },
      resources: [{ name: 'echo', type: 'tool' }],
    });
  });

  test('leaves inventory out', async () => {
    const seen = (await companyEvents()).find(({ kind }) => kind === 'tool_seen')!;
    expect(toOcsf(seen, ORIGIN)).toBeUndefined();
  });
});

const published: OcsfSchema[] = CHECKOUT ? [readPublishedSchema(CHECKOUT)] : [];

describe.for(published)('what is relied on agrees with the published schema', (schema) => {
  test('in its version', () => expect(schema.version).toBe(DESCRIBED.version));

  test('in every class, object, attribute, value and constraint', () => {
    const differences: string[] = [];
    const pairs = [
      ...[...DESCRIBED.classes].map(([uid, own]) => [own.name, own, schema.classes.get(uid)!] as const),
      ...[...DESCRIBED.objects].map(([name, own]) => [name, own, schema.objects.get(name)!] as const),
    ];
    for (const [owner, own, theirs] of pairs) {
      if (JSON.stringify([own.some, own.one]) !== JSON.stringify([theirs.some, theirs.one]))
        differences.push(`${owner}: constraints`);
      for (const [name, attribute] of own.attributes) {
        const { type, array, required, profile, values, deprecated } = theirs.attributes.get(name) ?? { type: 'none' };
        const where = `${owner}.${name}`;
        if (attribute.type !== type || attribute.array !== array) differences.push(`${where}: ${type}`);
        if (attribute.required !== required) differences.push(`${where}: required ${required}`);
        if (attribute.profile !== profile) differences.push(`${where}: profile ${profile}`);
        if (deprecated) differences.push(`${where}: deprecated`);
        for (const [value, caption] of attribute.values ?? [])
          if (values?.get(value) !== caption) differences.push(`${where}: ${value} is ${values?.get(value)}`);
        if (values && !attribute.values && !name.endsWith('_uid')) differences.push(`${where}: has fixed values`);
      }
      for (const [name, { required, profile }] of theirs.attributes)
        if (required && profile === undefined && !own.attributes.has(name)) differences.push(`${owner}.${name}: required`);
    }
    expect(differences).toEqual([]);
  });
});
