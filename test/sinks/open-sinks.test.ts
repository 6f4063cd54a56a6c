// Sinks together, from segments of a spool to their destinations, without a network.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SinkConfig, sinksKey } from '../../src/config/sinks.ts';
import type { Event } from '../../src/engine/event.ts';
import { releaseDeadLetters } from '../../src/sinks/dead-letters.ts';
import { targetOf, withoutSecrets } from '../../src/sinks/describe.ts';
import { openSinks, type Sinks } from '../../src/sinks/open-sinks.ts';
import type { Outgoing } from '../../src/sinks/sink.ts';
import { auditEvent, flowEvent, llmCallEvent, mcpCallEvent, uuid7 } from '../store/sample-event.ts';

let data: string;
let opened: Sinks[];
let taken: Map<string, Outgoing[]>;
let down: Set<string>;
let refuses: boolean;
let troubles: string[];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'daylight-sinks-'));
  opened = [];
  taken = new Map();
  down = new Set();
  refuses = false;
  troubles = [];
});

afterEach(async () => {
  for (const sinks of opened) await sinks.close(0);
  rmSync(data, { recursive: true, force: true });
});

const configs = (...sinks: object[]): SinkConfig[] =>
  sinksKey.parse(sinks.map((sink) => ({ type: 'stdout', format: 'native', batch: { ageMs: 0 }, ...sink })));

async function open(...sinks: object[]): Promise<Sinks> {
  const all = await openSinks(configs(...sinks), {
    data,
    origin: { sensor: 'edge-1', version: '1.2.3', tenant: 'default' },
    destination: async ({ name }) => ({
      async send(batch) {
        if (down.has(name)) throw new Error(`${name} is down`);
        if (refuses) return batch.map((_, index) => ({ index, reason: 'no such field' }));
        taken.set(name, [...(taken.get(name) ?? []), ...batch]);
        return [];
      },
      async close() {},
    }),
    newId: uuid7,
    onTrouble: (sink, message) => troubles.push(`${sink}: ${message}`),
  });
  opened.push(all);
  return all;
}

let segments = 0;
async function deliver(sinks: Sinks, events: readonly Event[]): Promise<void> {
  const path = join(data, `segment-${++segments}.ndjson`);
  writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  for (const reader of sinks.readers) if (events.some(({ kind }) => reader.wants(kind))) await reader.deliver({ path });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
const ids = (name: string) => (taken.get(name) ?? []).map(({ event }) => event.event_id);
const idle = (sinks: Sinks) => until(() => sinks.health().every(({ pendingEvents }) => pendingEvents === 0));

describe('openSinks', () => {
  test('a sink that is down holds up nobody, and gets everything when it is back', async () => {
    down.add('siem');
    const sinks = await open({ name: 'siem' }, { name: 'archive' });
    const events = Array.from({ length: 50 }, () => flowEvent());
    await deliver(sinks, events);
    await until(() => ids('archive').length === 50);
    expect(sinks.health().map(({ name, pendingEvents }) => [name, pendingEvents])).toEqual([
      ['siem', 50],
      ['archive', 0],
    ]);
    down.delete('siem');
    expect(await sinks.test('siem', 'ada')).toMatchObject({ accepted: true });
    await until(() => ids('siem').length === 51);
    expect(ids('siem').slice(1)).toEqual(events.map(({ event_id }) => event_id));
  });

  test('reads the tables that it wants, under a name of its own', async () => {
    const { readers } = await open({ name: 'a', events: ['mcp_call', 'audit_log'] }, { name: 'b' });
    expect(readers.map(({ name }) => name)).toEqual(['sink-a', 'sink-b']);
    const tables = ['http_flow', 'mcp_call', 'audit_log', 'tool_seen', 'flow_count'];
    expect(readers.map((reader) => tables.filter((table) => reader.wants(table)))).toEqual([
      ['mcp_call', 'audit_log'],
      ['http_flow', 'mcp_call', 'audit_log'],
    ]);
  });

  test('a filter judges traffic, by the fields that an event has; findings and the audit log pass', async () => {
    const sinks = await open(
      { name: 'shadow', filter: 'traffic:shadow -tool:read*' },
      { name: 'slow', filter: 'duration:>=500' },
      { name: 'confident', filter: 'confidence:<=100' },
      { name: 'hosts', filter: 'host:api.openai.com net:10.0.0.0/8' },
    );
    const flow = flowEvent({ traffic: 'shadow', duration_ms: 10 });
    const other = flowEvent({ traffic: 'approved', duration_ms: 900 });
    const call = mcpCallEvent({ tool: 'write_file' });
    const read = mcpCallEvent({ tool: 'read_file' });
    const llm = llmCallEvent();
    const audit = auditEvent();
    await deliver(sinks, [flow, other, call, read, llm, audit]);
    await idle(sinks);
    const of = (...events: Event[]) => events.map(({ event_id }) => event_id);
    expect(ids('shadow')).toEqual(of(flow, call, audit));
    expect(ids('slow')).toEqual(of(other, llm, audit));
    expect(ids('confident')).toEqual(of(flow, other, audit));
    // A call has no address of its own.
    expect(ids('hosts')).toEqual(of(audit));
  });

  test('from: now leaves out what happened before the sink was new, also after a restart', async () => {
    const before = flowEvent({ ts: Date.now() - 60_000 });
    const first = await open({ name: 'a', from: 'now' }, { name: 'b', from: 'start' });
    await deliver(first, [before]);
    await first.close();
    const after = flowEvent({ ts: Date.now() + 5 });
    const second = await open({ name: 'a', from: 'now' }, { name: 'b', from: 'start' });
    await deliver(second, [before, after]);
    await idle(second);
    expect(ids('a')).toEqual([after.event_id]);
    expect(ids('b')).toEqual([before.event_id, before.event_id, after.event_id]);
  });

  test('what waits survives a restart; of a sink that is configured no more only dead letters stay', async () => {
    down.add('a').add('b');
    const first = await open({ name: 'a' }, { name: 'b' });
    await deliver(first, [flowEvent(), flowEvent()]);
    writeFileSync(join(data, 'sinks/b/note'), '');
    await first.close();
    down.clear();
    await open({ name: 'a' });
    await until(() => ids('a').length === 2);
    expect(readdirSync(join(data, 'sinks/b'))).toEqual(['note']);
    expect(troubles).toContain('b: is configured no more: what still waited for it is gone, its dead letters stay');
    expect(existsSync(join(data, 'sinks/a/queue'))).toBe(true);
  });

  test('a line that is no event becomes a dead letter, with and without a filter', async () => {
    const sinks = await open({ name: 'plain' }, { name: 'filtered', filter: 'traffic:shadow' });
    const path = join(data, 'broken.ndjson');
    writeFileSync(path, `{"kind":"http_fl\n${JSON.stringify(flowEvent())}\n`);
    for (const reader of sinks.readers) await reader.deliver({ path });
    await idle(sinks);
    expect(sinks.health().map(({ delivered, rejected }) => [delivered, rejected])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('sends dead letters again when somebody wants it; those refused again become dead letters again', async () => {
    refuses = true;
    const sinks = await open({ name: 'a' });
    const events = [flowEvent(), auditEvent()];
    await deliver(sinks, events);
    await until(() => sinks.health()[0]?.rejected === 2);
    await idle(sinks);
    expect(await sinks.resend('a')).toBe(2);
    await until(() => sinks.health()[0]?.rejected === 4);
    refuses = false;
    await idle(sinks);
    expect(await sinks.resend('a')).toBe(2);
    await until(() => ids('a').length === 2);
    expect(ids('a')).toEqual(events.map(({ event_id }) => event_id));
    expect([await sinks.resend('a'), await sinks.resend('none')]).toEqual([0, undefined]);
  });

  test('sends what the command line released while no appliance ran', async () => {
    refuses = true;
    const first = await open({ name: 'a' });
    await deliver(first, [flowEvent()]);
    await until(() => first.health()[0]?.rejected === 1);
    await first.close();
    refuses = false;
    expect(await releaseDeadLetters(join(data, 'sinks/a/dead'))).toBe(1);
    const second = await open({ name: 'a' });
    await second.resend('a');
    await until(() => ids('a').length === 1);
    expect(readdirSync(join(data, 'sinks/a/resend'))).toEqual([]);
  });

  test('tells the command line how each does', async () => {
    const sinks = await open({ name: 'a' });
    await deliver(sinks, [flowEvent()]);
    await idle(sinks);
    await sinks.close();
    const told = JSON.parse(await readFile(join(data, 'sinks/a/health.json'), 'utf8'));
    expect(told).toMatchObject({ name: 'a', delivered: 1, pendingEvents: 0, at: expect.any(Number) });
  });

  test('a test event says what it is, in every format', async () => {
    const formats = ['native', 'ocsf', 'ecs', 'cef', 'leef', 'slack', 'teams'];
    const hooks = formats.map((format) => ({ name: format, type: 'webhook', url: 'https://x.example', body: 'lines', format }));
    const sinks = await open(...hooks);
    for (const format of formats) {
      expect([format, await sinks.test(format, 'ada')]).toEqual([format, expect.objectContaining({ accepted: true })]);
      expect([format, taken.get(format)?.[0]?.text]).toEqual([format, expect.stringContaining('TEST')]);
    }
    expect(await sinks.test('none', 'ada')).toBeUndefined();
  });
});

describe('what is shown of a sink', () => {
  test('names its receiver and no secret', () => {
    const sinks = configs(
      {
        name: 'w',
        type: 'webhook',
        url: 'https://hooks.slack.com/services/T0/B0/KEY',
        token: 'tok-1',
        headers: { 'X-Key': 'k-1' },
      },
      { name: 's', type: 'splunk', url: 'https://splunk.example:8088', token: 'tok-2' },
      { name: 'k', type: 'kafka', brokers: ['k:9093'], topic: 't', sasl: 'plain', username: 'u', password: 'pw-3' },
      { name: 'e', type: 'elastic', url: 'https://elastic.example', apiKey: 'key-4' },
      { name: 'm', type: 's3', bucket: 'logs', accessKeyId: 'AK', secretAccessKey: 'sak-5' },
      { name: 'z', type: 'splunk', url: 'https://splunk.example:8088', tokenFile: '/etc/daylight/hec' },
      {
        name: 'p',
        type: 'otlp',
        url: 'https://o.example/v1/logs',
        proxy: { url: 'http://p:1', username: 'u', password: 'pw-6' },
      },
    );
    const shown = JSON.stringify(sinks.map((sink) => [targetOf(sink), withoutSecrets(sink)]));
    expect(shown).not.toMatch(/tok-1|tok-2|k-1|pw-3|key-4|sak-5|pw-6|B0\/KEY/);
    expect(shown).toContain('/etc/daylight/hec');
    expect(shown).toContain('http://p:1');
    expect(sinks.map(targetOf).slice(0, 3)).toEqual(['https://hooks.slack.com/…', 'https://splunk.example:8088', 'k:9093, t']);
  });
});
