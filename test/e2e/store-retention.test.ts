// How long rows are kept, and how a person is forgotten, in the real ClickHouse engine.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccess } from '../../src/access/access.ts';
import { type Forgotten, forgetPerson } from '../../src/app/forget-person.ts';
import { factsOf } from '../../src/approval-request.ts';
import { INSTALL_DIR, loadConfig } from '../../src/config.ts';
import type { AuditEvent, HttpFlowEvent } from '../../src/engine/event.ts';
import { parseFilter } from '../../src/engine/filter/parse.ts';
import { openApprovalRequests } from '../../src/store/approval-requests.ts';
import { connectStore } from '../../src/store/connect.ts';
import { openConsoleNotes } from '../../src/store/console-notes.ts';
import { deleteUser } from '../../src/store/delete-user.ts';
import { loadInstallationKey } from '../../src/store/installation-key.ts';
import { loadMigrations } from '../../src/store/migrate.ts';
import { listServers } from '../../src/store/queries.ts';
import { createReports } from '../../src/store/reports/reports.ts';
import { applyRetention, retentionDays } from '../../src/store/retention.ts';
import { auditEvent, flowEvent, uuid7 } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const run = promisify(execFile);
const DAY = 24 * 3_600_000;
const NOW = Date.now();
const KEY = 'https://kept.example/mcp';

let store: TemporaryStore;

beforeAll(async () => {
  store = await openTemporaryStore();
});

afterAll(async () => {
  await store?.close();
});

async function value(query: string): Promise<unknown> {
  const result = await store.writer.query({ query, format: 'JSONEachRow' });
  return Object.values((await result.json<Record<string, unknown>>())[0] ?? {})[0];
}

/** Asks again until it is so. */
async function becomes(query: string, expected: unknown): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await new Promise((next) => setTimeout(next, 50))) {
    if ((await value(query)) === expected) return;
  }
  expect(await value(query)).toBe(expected);
}

function retentionOf(keys: Record<string, string> = {}) {
  const env = Object.fromEntries(
    Object.entries(keys).map(([key, days]) => [`DAYLIGHT_STORE_RETENTION_${key.toUpperCase()}`, days]),
  );
  return loadConfig({ cwd: store.dir, env }).store.retention;
}

test('the tables keep rows as long as configuration says by default', async () => {
  expect(await applyRetention(store.writer, 'daylight', retentionOf())).toEqual([]);
  expect(await retentionDays(store.reader)).toMatchObject({
    http_flow: 90,
    mcp_call: 180,
    dlp_match: 365,
    use_hour: 400,
    audit_log: 730,
  });
  const tables = loadMigrations()
    .map(({ template }) => /CREATE TABLE IF NOT EXISTS \{db\}\.(\w+)/.exec(template)?.[1])
    .filter((name) => name !== undefined);
  const kept = Object.keys(await retentionDays(store.reader));
  expect(tables.filter((name) => !kept.includes(name))).toEqual(['server_inventory']);
});

test('another time takes hold of what is stored already, of rows and of excerpts', async () => {
  const ages = [1, 10, 40, 80];
  await store.insert(
    'http_flow',
    ages.map((days) => flowEvent({ tenant: 'old', ts: NOW - days * DAY, excerpt: `words ${days}` })),
  );
  const changed = await applyRetention(store.writer, 'daylight', retentionOf({ flows: '60d', excerpts: '5d' }));
  expect(changed).toEqual([
    'http_flow',
    'client_count',
    'http_flow.excerpt',
    'mcp_call.excerpt',
    'llm_call.prompt_excerpt',
    'llm_call.completion_excerpt',
  ]);
  await becomes("SELECT count() FROM daylight.http_flow WHERE tenant = 'old'", '3');
  await becomes("SELECT count() FROM daylight.http_flow WHERE tenant = 'old' AND excerpt != ''", '1');
  expect(await applyRetention(store.writer, 'daylight', retentionOf({ flows: '60d', excerpts: '5d' }))).toEqual([]);
  await applyRetention(store.writer, 'daylight', retentionOf());
  expect((await retentionDays(store.reader)).http_flow).toBe(90);
});

test('the rollups are kept for another time together', async () => {
  const names = ['traffic_minute', 'use_hour', 'tool_hour', 'rule_hour', 'dlp_hour', 'llm_hour'];
  expect(await applyRetention(store.writer, 'daylight', retentionOf({ rollups: '100d' }))).toEqual(names);
  expect(await retentionDays(store.reader)).toMatchObject(Object.fromEntries(names.map((name) => [name, 100])));
  expect(await applyRetention(store.writer, 'daylight', retentionOf())).toEqual(names);
});

test('a retention that is no number of days is refused with the key', () => {
  expect(() => retentionOf({ flows: '2 weeks' })).toThrow(/DAYLIGHT_STORE_RETENTION_FLOWS.*must be days, e\.g\. 90d/);
  expect(() => retentionOf({ audit: '0d' })).toThrow(/must be from 1d/);
});

test('a person is forgotten everywhere but in the audit log, and nobody else is', async () => {
  const ts = NOW - DAY;
  const of = (user_id: string, fields: object = {}) => flowEvent({ ts, tenant: 'people', server_key: KEY, user_id, ...fields });
  const anonymous = of('', { src_ip: '10.9.9.9' });
  const flows = [of('ann'), of('ann'), of('p-1'), of('bob'), anonymous, of('', { src_ip: '10.9.9.8' })];
  await store.insert('http_flow', flows);
  const call = { ts, tenant: 'people', sensor: 's', parent_id: flows[0]!.event_id };
  await store.insert('mcp_call', [
    { ...call, event_id: uuid7(ts), user_id: 'ann' },
    { ...call, event_id: uuid7(ts), user_id: 'bob' },
  ]);
  await store.insert('llm_call', [{ ...call, event_id: uuid7(ts), user_id: 'ann', provider: 'p' }]);
  await store.insert('dlp_match', [{ ...call, event_id: uuid7(ts), user_id: 'ann', detector: 'iban' }]);
  await store.insert('audit_log', [auditEvent({ tenant: 'people', actor: 'ann' })]);

  const deleted = await deleteUser(store.writer, 'daylight', ['ann', 'p-1']);
  expect(deleted).toEqual([
    { table: 'http_flow', rows: 3 },
    { table: 'mcp_call', rows: 1 },
    { table: 'llm_call', rows: 1 },
    { table: 'dlp_match', rows: 1 },
    { table: 'use_hour', rows: 2 },
    { table: 'dlp_hour', rows: 1 },
    { table: 'llm_hour', rows: 1 },
    { table: 'server_inventory', rows: 1 },
  ]);
  const [server] = await listServers(store.reader, { serverKey: KEY });
  expect(server).toMatchObject({ n: 6, users: ['10.9.9.8', '10.9.9.9', 'bob'] });
  const scope = { from: ts - DAY, to: NOW, filter: parseFilter('', { now: NOW }) };
  const people = await createReports(() => store.reader).people(scope, { limit: 10 });
  expect(people.map(({ user }) => user).toSorted()).toEqual(['10.9.9.8', '10.9.9.9', 'alice@example.com', 'bob']);
  expect(await value("SELECT count() FROM daylight.audit_log WHERE actor = 'ann'")).toBe('1');

  expect(await deleteUser(store.writer, 'daylight', ['10.9.9.9'])).toMatchObject([{ table: 'http_flow', rows: 1 }, {}, {}]);
  expect(await deleteUser(store.writer, 'daylight', ["nobody' OR 1"])).toEqual([]);
  await expect(deleteUser(store.writer, 'elsewhere', ['ann'])).rejects.toMatchObject({ code: 'ERR_STORE' });
  expect(await value("SELECT count() FROM daylight.http_flow WHERE tenant = 'people'")).toBe('2');
});

test('the command forgets only when told twice, and records it under the pseudonym', async () => {
  const daylight = (...args: string[]) =>
    run(
      process.execPath,
      [join(INSTALL_DIR, 'src/main.ts'), 'events', 'delete-user', 'carl', '--data', store.dir, '--json', ...args],
      {
        cwd: store.dir,
      },
    );
  const flow = flowEvent({ ts: NOW - DAY, user_id: 'carl' });
  const told = await seedTraces(flow);
  await expect(daylight()).rejects.toMatchObject({ stderr: expect.stringContaining('add --yes') });
  // A secret may stand beside the name: the line is told, not what it says.
  writeFileSync(join(store.dir, 'daylight.yaml'), 'sensor: here # carl set it up\n');
  const { stdout } = await daylight('--yes', '--comment', 'left the company');
  const result = JSON.parse(stdout) as Forgotten;
  expect(result).toMatchObject({ rows: 3, tables: [{ table: 'http_flow', rows: 1 }, { table: 'use_hour' }, {}], waiting: false });
  expect(result.elsewhere).toEqual([
    { place: 'proxy tokens', deleted: 1, renamed: 0 },
    { place: 'requests for approval', deleted: 2, renamed: 0 },
    { place: 'notes in the console', deleted: 1, renamed: 1 },
  ]);
  expect(told()).toEqual({ tokens: ['dora'], requests: ['dora'], notes: [['p-', 'carl knows more']] });
  expect(result.kept.map(({ what, n, where }) => [what, n, where])).toEqual([
    [
      'lines of policy, configuration and samples',
      2,
      [expect.stringMatching(/groups\.yml:3: users: \[carl, dora\]$/), expect.stringMatching(/daylight\.yaml:1$/)],
    ],
    ['texts that mention the name', 1, [expect.stringMatching(/^note on the finding [0-9a-f]{32}$/)]],
    ['audit log', 1, []],
    ['counts without names', undefined, []],
    ['backups', undefined, []],
  ]);
  const spool = (await readdir(join(store.dir, 'spool'))).filter((name) => name.includes('audit_log'));
  const lines = await Promise.all(spool.map((name) => readFile(join(store.dir, 'spool', name), 'utf8')));
  const act = JSON.parse(lines.join('')) as AuditEvent;
  expect(act).toMatchObject({ action: 'events.delete-user', object_type: 'user', reason: 'left the company' });
  expect(act.object_id).toMatch(/^p-[0-9a-f]{32}$/);
  expect(JSON.stringify(act)).not.toContain('carl');
  expect(JSON.parse(act.after)).toMatchObject({ http_flow: 1, 'proxy tokens': 1, 'requests for approval': 2 });

  // Again, and with the pseudonym: nothing is left to do.
  for (const name of ['carl', act.object_id]) {
    const again = await forgetPerson(loadConfig({ cwd: store.dir, env: {}, flags: { data: store.dir } }), name, {
      reader: store.reader,
      deleteRows: (names) => deleteUser(store.writer, 'daylight', names),
      configFile: undefined,
    });
    expect(again).toMatchObject({ tables: [], elsewhere: [], record: { objectId: act.object_id } });
  }
});

/** What names carl, and in the same places somebody else. @returns what is left of it */
async function seedTraces(flow: HttpFlowEvent) {
  await store.insert('http_flow', [flow, flowEvent({ ts: NOW - DAY, user_id: 'dora' })]);
  await store.insert('audit_log', [auditEvent({ actor: 'carl' })]);
  mkdirSync(join(store.dir, 'rules/local'), { recursive: true });
  writeFileSync(join(store.dir, 'rules/local/groups.yml'), 'groups:\n  finance:\n    users: [carl, dora]\n');
  const access = openAccess({ dir: store.dir, installationKey: loadInstallationKey(store.dir), audit() {} });
  for (const user of ['Carl', 'dora']) access.proxyTokens.issue({ user, groups: [], name: 'a program', days: 9 }, 'root');
  const requests = openApprovalRequests(store.dir);
  const asked = { ...factsOf(flow), created: NOW, reason: 'for work', days: 9 };
  // Not identified when they asked: their event tells.
  requests.file({ ...asked, event_id: flow.event_id, user: '', name: 'C. Smith' });
  requests.file({ ...asked, event_id: uuid7(), user: 'carl', name: 'Carl' });
  requests.file({ ...asked, event_id: uuid7(), user: 'dora', name: 'Dora' });
  const notes = openConsoleNotes(store.dir);
  const scope = { from: NOW - 2 * DAY, to: NOW, filter: parseFilter('', { now: NOW }) };
  const findings = await createReports(() => store.reader).findings(scope);
  const ofCarl = findings.find(({ user }) => user === 'carl')!;
  const other = findings.find(({ user }) => user === 'dora')!;
  notes.noteFinding(ofCarl.id, { state: 'resolved', note: 'it was a test' }, 'root', NOW);
  notes.noteFinding(other.id, { assignee: 'carl', note: 'carl knows more' }, 'root', NOW);
  return () => {
    const left = {
      tokens: access.proxyTokens.list().map(({ user }) => user),
      requests: requests.list().map(({ user }) => user),
      notes: [...notes.findingNotes().values()].map(({ assignee, note }) => [assignee.slice(0, 2), note]),
    };
    for (const each of [access, requests, notes]) each.close();
    return left;
  };
}

test('queries are bounded in rows, memory and time, and may only read', async () => {
  const refused = async (query: string) => (await store.reader.query({ query, format: 'JSONEachRow' })).text();
  await expect(refused('SELECT number FROM numbers(1100000)')).rejects.toThrow();
  await expect(refused('SELECT uniqExact(number) FROM numbers(100000000)')).rejects.toMatchObject({ code: '241' });
  const limit = "SELECT getSetting('max_execution_time') AS seconds";
  expect(JSON.parse(await refused(limit))).toMatchObject({ seconds: 10 });
  await expect(store.reader.command({ query: 'ALTER TABLE use_hour DELETE WHERE 1' })).rejects.toMatchObject({ code: '497' });
});

test('a server may have a user of its own for reading', async () => {
  const server = { url: store.engine.url, database: 'daylight', ...store.engine.writer };
  const other = connectStore({ ...server, reader: store.engine.reader });
  const query = 'SELECT currentUser() AS name';
  expect(await (await other.reader.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ name: 'reader' }]);
  expect(await (await other.writer.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ name: 'writer' }]);
  await other.close();
});
