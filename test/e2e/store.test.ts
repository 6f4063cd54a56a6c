// The store against the real ClickHouse engine: spool, drain, schema, queries.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFilter } from '../../src/engine/filter/parse.ts';
import { ACTIONS, DISPOSITIONS, TRAFFIC } from '../../src/engine/verdict.ts';
import { connectStore, openStore } from '../../src/store/connect.ts';
import { type Drain, startDrain } from '../../src/store/drain.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { createEmit } from '../../src/store/emit.ts';
import { loadMigrations, migrate, renderSql } from '../../src/store/migrate.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import { getEvent, listServers, queryEvents } from '../../src/store/queries.ts';
import { openSpool, type Spool } from '../../src/store/spool.ts';
import { tailEvents } from '../../src/store/tail.ts';
import { auditEvent, benignEvent, flowEvent, uuid7 } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

let store: TemporaryStore;
let drain: Drain;
let spool: Spool;
let spoolDir: string;
const troubles: string[] = [];

beforeAll(async () => {
  store = await openTemporaryStore();
  spoolDir = join(store.dir, 'spool');
  drain = startDrain({
    dir: spoolDir,
    client: store.writer,
    database: 'daylight',
    onTrouble: ({ message }) => troubles.push(message),
  });
  spool = openSpool({
    dir: spoolDir,
    writer: processIdentity('test'),
    sealMs: 50,
    onError: (error) => troubles.push(error.message),
  });
});

afterAll(async () => {
  await spool?.close();
  await drain?.stop();
  await store?.close();
});

/** Everything appended so far is in ClickHouse afterwards. */
async function stored(): Promise<void> {
  await spool.flush();
  for (;;) {
    await drain.idle();
    if (!(await readdir(spoolDir)).some((file) => /\.(open|ndjson)$/.test(file))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function rowsOf<T>(query: string): Promise<T[]> {
  return (await store.writer.query({ query, format: 'JSONEachRow' })).json<T>();
}

/** A connection to `port` that breaks when the answer arrives, the first `times` times. */
async function cutAnswers(port: number, times: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (data) => {
      if (times-- > 0) client.destroy();
      else client.write(data);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe('the schema', () => {
  test('http_flow has the columns of HttpFlowEvent and the words of the contract', async () => {
    const columns = await rowsOf<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = 'daylight' AND table = 'http_flow' AND default_kind != 'ALIAS'",
    );
    const expected = Object.keys(flowEvent()).filter((key) => key !== 'kind');
    expect(columns.map((column) => column.name).toSorted()).toEqual([...expected, 'ingest_ts'].toSorted());
    const words = (name: string) =>
      [...(columns.find((column) => column.name === name)?.type ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1]);
    expect(words('traffic')).toEqual([...TRAFFIC]);
    expect(words('action')).toEqual([...ACTIONS]);
    expect(words('disposition')).toEqual([...DISPOSITIONS]);
  });

  test('migrating twice changes nothing, and a changed or unknown migration is refused', async () => {
    expect(await migrate(store.writer, { database: 'daylight' })).toEqual([]);
    const migrations = loadMigrations();
    const edited = migrations.map((one) => (one.version === 2 ? { ...one, checksum: 'other' } : one));
    await expect(migrate(store.writer, { database: 'daylight', migrations: edited })).rejects.toMatchObject({
      code: 'ERR_MIGRATION',
    });
    const older = migrations.slice(0, -1);
    await expect(migrate(store.writer, { database: 'daylight', migrations: older })).rejects.toThrow(/newer Daylight/);
  });

  test('the reference names every column, and its queries run', async () => {
    const page = await readFile(new URL('../../docs/reference/events.md', import.meta.url), 'utf8');
    for (const column of Object.keys(flowEvent())) if (column !== 'kind') expect(page).toContain(`\`${column}\``);
    const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap((block) => (block[1] ?? '').split(';'));
    for (const query of queries.filter((text) => text.trim() !== '')) {
      const result = await store.reader.query({ query, format: 'JSONEachRow' });
      expect(await result.json()).toBeInstanceOf(Array);
    }
    expect(queries.length).toBeGreaterThan(2);
  });

  test('every migration is valid SQL for a cluster too', async () => {
    for (const { template } of loadMigrations()) {
      const sql = renderSql(template, 'daylight', 'main').replace(/^--.*$/gm, '');
      const result = await store.writer.query({ query: `EXPLAIN AST ${sql}`, format: 'TabSeparated' });
      expect(await result.text()).toMatch(/^(Create|Alter)Query/);
    }
  });
});

describe('events', () => {
  test('come back as they were written', async () => {
    const event = flowEvent({
      url: 'https://mcp.example.com/mcp?a=%00"\'\\\n\t☀',
      reason: 'quotes \' " \\ and\nnewlines, emoji 🌞, and half of one: \ud83c',
      src_ip: 'fe80::1%eth0',
      dst_ip: '',
      mcp_servers: ["it's", 'a "list"'],
    });
    spool.append(event);
    await stored();
    const found = await getEvent(store.reader, event.event_id);
    expect(found).toEqual({ ...event, reason: event.reason.toWellFormed(), ingest_ts: expect.any(Number) });
  });

  test('are found by id whatever the id says about its time', async () => {
    const event = flowEvent({ event_id: uuid7(Date.now() - 30 * 24 * 3_600_000), dst_host: 'old-id.example' });
    spool.append(event);
    await stored();
    expect((await getEvent(store.reader, event.event_id))?.dst_host).toBe('old-id.example');
    expect(await getEvent(store.reader, uuid7())).toBeUndefined();
    await expect(getEvent(store.reader, "x' OR 1")).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('are filtered, sorted newest first, and paged without gaps even within one millisecond', async () => {
    const ts = Date.now() - 60_000;
    const tenant = 'paging';
    const events = Array.from({ length: 25 }, (_, index) =>
      flowEvent({ ts: ts + (index >> 3), tenant, dst_host: `h${index % 2}.page.example` }),
    );
    for (const event of events) spool.append(event);
    await stored();
    const pages: string[] = [];
    let before: { ts: number; event_id: string } | undefined;
    for (;;) {
      const page = await queryEvents(store.reader, { tenant, limit: 7, before });
      if (page.length === 0) break;
      pages.push(...page.map((event) => event.event_id));
      before = page.at(-1);
    }
    expect(pages).toHaveLength(25);
    expect(pages.toSorted()).toEqual(events.map((event) => event.event_id).toSorted());
    const fitting = (text: string) => parseFilter(text, { now: ts });
    const filtered = { tenant, match: fitting('host:h1.page.example'), since: ts + 1, until: ts + 2 };
    expect(await queryEvents(store.reader, filtered)).toHaveLength(4);
    const match = fitting('host:*.page.example traffic:shadow');
    expect(await queryEvents(store.reader, { tenant, match, user: 'alice@example.com' })).toHaveLength(25);
    expect(await queryEvents(store.reader, { tenant, match: fitting('traffic:portal') })).toEqual([]);
    const listed = await queryEvents(store.reader, { tenant, since: ts - 1 });
    expect(listed.map(({ traffic, disposition }) => `${traffic} ${disposition}`)).toEqual(Array(25).fill('shadow logged'));
  });

  test('of administration are stored too', async () => {
    const event = auditEvent({ object_id: 'https://audit.example/mcp' });
    spool.append(event);
    await stored();
    const rows = await rowsOf<{ actor: string }>(`SELECT actor FROM daylight.audit_log WHERE event_id = '${event.event_id}'`);
    expect(rows).toEqual([{ actor: 'root' }]);
  });

  test('make the inventory: who, with what, since when; named servers count as servers', async () => {
    const tenant = 'inventory';
    const now = Date.now();
    spool.append(flowEvent({ tenant, ts: now - 5_000, user_id: 'bob' }));
    spool.append(flowEvent({ tenant, ts: now - 1_000, disposition: 'blocked', mcp_generation: '2025-11-25' }));
    spool.append(flowEvent({ tenant, ts: now - 2_000, user_id: '', src_ip: '10.9.9.9' }));
    spool.append(
      flowEvent({
        tenant,
        traffic: 'hosted',
        server_key: 'https://api.llm.example/v1',
        mcp_servers: ['https://a.example/mcp', 'https://b.example/mcp'],
      }),
    );
    spool.append(
      flowEvent({ tenant, traffic: 'attached', server_key: 'https://api.llm.example/v1', mcp_servers: ['filesystem'] }),
    );
    spool.append(benignEvent({ tenant }));
    await stored();
    const servers = await listServers(store.reader, { tenant });
    expect(servers.map((server) => server.server_key).toSorted()).toEqual([
      'attached:filesystem',
      'https://a.example/mcp',
      'https://b.example/mcp',
      'https://mcp.example.com/mcp',
    ]);
    expect(await listServers(store.reader, { tenant, serverKey: 'https://mcp.example.com/mcp' })).toEqual([
      {
        tenant,
        server_key: 'https://mcp.example.com/mcp',
        first_seen: now - 5_000,
        last_seen: now - 1_000,
        n: 3,
        blocked: 1,
        confidence: 95,
        user_count: 3,
        users: ['10.9.9.9', 'alice@example.com', 'bob'],
        clients: ['inspector 1.2.3'],
        names: ['everything 4.5.6'],
        generations: ['2025-06-18', '2025-11-25'],
        transports: ['streamable-http'],
        authentication: ['bearer'],
        traffic: ['shadow'],
        last_traffic: 'shadow',
        last_disposition: 'blocked',
      },
    ]);
    expect(await listServers(store.reader, { tenant, traffic: ['attached'] })).toHaveLength(1);
    expect(await listServers(store.reader, { tenant, since: Date.now() + 60_000 })).toEqual([]);
  });

  test('are tailed once each, in order of arrival, late ones included', async () => {
    const tenant = 'tail';
    const stop = new AbortController();
    const seen: string[] = [];
    const tailing = (async () => {
      for await (const event of tailEvents(store.reader, { tenant, pollMs: 10, signal: stop.signal })) {
        seen.push(event.event_id);
        if (seen.length === 600) stop.abort();
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const events = Array.from({ length: 600 }, (_, index) => flowEvent({ tenant, ts: Date.now() - index * 1_000 }));
    for (const [index, event] of events.entries()) {
      spool.append(event);
      if (index % 200 === 199) await stored();
    }
    await tailing;
    expect(seen.toSorted()).toEqual(events.map((event) => event.event_id).toSorted());
    expect(seen[0]).not.toBe(seen.at(-1));
  });
});

describe('the drain', () => {
  test('stores a segment once, however often it is sent', async () => {
    const event = flowEvent({ tenant: 'twice' });
    const name = `w.0.1.1-http_flow-000000001.ndjson`;
    for (let round = 0; round < 3; round++) {
      await writeFile(join(spoolDir, name), `${JSON.stringify(event)}\n`);
      await drain.idle();
    }
    expect(await queryEvents(store.reader, { tenant: 'twice' })).toHaveLength(1);
    expect((await listServers(store.reader, { tenant: 'twice' }))[0]?.n).toBe(1);
  });

  test('stores a segment once when the answer to the insert was lost', async () => {
    const cutting = await cutAnswers(Number(new URL(store.engine.url).port), 3);
    const dir = await mkdtemp(join(tmpdir(), 'daylight-ambiguous-'));
    const through = connectStore({ ...store.engine, url: `http://127.0.0.1:${cutting.port}` });
    const events = Array.from({ length: 50 }, () => flowEvent({ tenant: 'ambiguous' }));
    await writeFile(
      join(dir, 'w.0.1.1-http_flow-000000001.ndjson'),
      events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    const unsure = startDrain({ dir, client: through.writer, database: 'daylight', onTrouble: () => {} });
    await unsure.idle();
    expect(unsure.stats()).toMatchObject({ retries: 3, delivered: 1 });
    expect(await queryEvents(store.reader, { tenant: 'ambiguous', limit: 200 })).toHaveLength(50);
    expect((await listServers(store.reader, { tenant: 'ambiguous' }))[0]?.n).toBe(50);
    await unsure.stop();
    await through.close();
    await cutting.close();
    await rm(dir, { recursive: true });
  });

  test('keeps bad lines aside, stores the good ones around them, and goes on', async () => {
    const good = [flowEvent({ tenant: 'dead' }), flowEvent({ tenant: 'dead' })].map((event) => JSON.stringify(event));
    const bad = JSON.stringify(flowEvent({ tenant: 'dead', event_id: 'not a uuid' }));
    const unknownWord = JSON.stringify({ ...flowEvent({ tenant: 'dead' }), traffic: 'unheard-of' });
    await writeFile(join(spoolDir, 'w.0.1.1-http_flow-000000002.ndjson'), `${good[0]}\n${bad}\n${unknownWord}\n${good[1]}\n`);
    spool.append(flowEvent({ tenant: 'dead' }));
    await stored();
    expect(await queryEvents(store.reader, { tenant: 'dead' })).toHaveLength(3);
    expect(await readdir(join(spoolDir, 'dead'))).toEqual(['w.0.1.1-http_flow-000000002.ndjson']);
    expect(drain.stats().dead).toBe(1);
    expect(troubles.some((message) => message.includes('dead'))).toBe(true);
  });
});

describe('privacy', () => {
  const key = Buffer.alloc(32, 7);

  test('benign flows are counted per host and minute, and blocked ones kept', async () => {
    const tenant = 'counting';
    const emit = createEmit({ spool, store: { benign: 'count', pseudonymise: true, excerpts: false }, tenant, key });
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    for (let index = 0; index < 50; index++) emit(benignEvent({ tenant, ts: minute + index, dst_host: `h${index % 2}.example` }));
    emit(benignEvent({ tenant, action: 'block', disposition: 'blocked' }));
    emit(flowEvent({ tenant, excerpt: 'secret words' }));
    emit.close();
    await stored();
    const rows = await rowsOf(
      `SELECT dst_host, sum(n) AS n, sum(req_bytes) AS bytes FROM daylight.flow_count WHERE tenant = '${tenant}' GROUP BY dst_host ORDER BY dst_host`,
    );
    expect(rows).toEqual([
      { dst_host: 'h0.example', n: '25', bytes: '12500' },
      { dst_host: 'h1.example', n: '25', bytes: '12500' },
    ]);
    const events = await queryEvents(store.reader, { tenant });
    expect(events.map((event) => event.disposition).toSorted()).toEqual(['blocked', 'logged']);
    for (const event of events) {
      expect(event.user_id).toMatch(/^p-[0-9a-f]{32}$/);
      expect(event.excerpt).toBe('');
    }
  });
});

describe('the embedded engine', () => {
  test('lets the reader read the events and nothing else', async () => {
    const refused = async (query: string) => (await store.reader.query({ query, format: 'JSONEachRow' })).text();
    await expect(refused("SELECT * FROM file('/etc/hostname', 'LineAsString')")).rejects.toMatchObject({ code: '497' });
    await expect(refused("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')")).rejects.toMatchObject({ code: '497' });
    await expect(refused('SELECT name FROM system.users')).rejects.toMatchObject({ code: '497' });
    await expect(refused('SELECT 1 SETTINGS max_execution_time = 100')).rejects.toMatchObject({ code: '452' });
    await expect(store.reader.command({ query: 'INSERT INTO flow_count (n) VALUES (1)' })).rejects.toMatchObject({ code: '497' });
    const query = `${store.engine.url}/?query=SELECT+count()+FROM+daylight.http_flow`;
    const anonymous = await fetch(query, { headers: { connection: 'close' } });
    expect(await anonymous.text()).toContain('Not enough privileges');
  });

  test('keeps its secrets to its owner, and publishes the connection for other commands', async () => {
    for (const file of ['users.xml', 'config.xml', 'connection.json']) {
      const path = join(store.dir, 'clickhouse', file);
      expect((await stat(path)).mode & 0o077).toBe(0);
      if (file.endsWith('.xml')) expect(await readFile(path, 'utf8')).not.toContain(store.engine.writer.password);
    }
    const other = openStore({ data: store.dir, clickhouse: 'embedded' });
    expect(await queryEvents(other.reader, { limit: 1 })).toHaveLength(1);
    await other.close();
  });

  test('refuses a second appliance on the same folder with a clear message', async () => {
    await expect(startEmbedded({ dataDir: store.dir, log: silent })).rejects.toThrow(
      /in use by another Daylight \(process \d+\)/,
    );
  });

  test('a command says so when no appliance runs', async () => {
    expect(() => openStore({ data: join(store.dir, 'nothing'), clickhouse: 'embedded' })).toThrow(/no appliance is running/);
  });

  test('the same code talks to a ClickHouse URL, credentials in the URL included', async () => {
    const url = store.engine.url.replace('//', `//writer:${store.engine.writer.password}@`);
    const other = connectStore({ url, username: 'default', password: '', database: 'daylight' });
    expect((await queryEvents(other.reader, { limit: 1 })).length).toBe(1);
    await expect(other.reader.command({ query: 'TRUNCATE TABLE flow_count' })).rejects.toMatchObject({ code: '164' });
    await other.close();
  });
});
