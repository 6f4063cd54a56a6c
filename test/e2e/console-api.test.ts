// The console's API over a real appliance: real clients are seen, understood, approved and blocked through it, with the embedded engine
// behind its reports and real workers behind its live feed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type {
  AuditEntry,
  ChangeResult,
  EventDetails,
  Finding,
  FlowEvent,
  ForgetResult,
  Health,
  LiveMessage,
  Overview,
  Page,
  PolicyDocuments,
  RuleItem,
  Server,
  ServerDetails,
  SimulationLine,
} from '../../src/console/api/shapes.ts';
import { readHar } from '../../src/engine/har.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { type ClientReport, failed, sdk1 } from './clients/mcp-clients.ts';
import { fetchBy } from './doors.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const PASSWORD = 'correct horse battery';

let appliance: Appliance;
let server: TestServer;
let key: string;
let cookie: string;
let csrf: string;

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${appliance.consoleUrl}/api${path}`, {
    method,
    headers: { cookie, 'x-csrf-token': csrf, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function read<T>(path: string): Promise<T> {
  const response = await call('GET', path);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}\n${appliance.log().slice(-2_000)}`);
  return JSON.parse(text) as T;
}

async function callServer(): Promise<ClientReport> {
  const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile, 'utf8') } });
  const through = fetchBy(dispatcher);
  const report = await sdk1(`${server.origin}/mcp`, { fetch: through }).catch(failed);
  await dispatcher.close();
  return report;
}

async function change(what: object, comment = 'for a test'): Promise<ChangeResult> {
  const { etag } = await read<PolicyDocuments>('/policy');
  const response = await call('POST', '/policy/changes', { change: what, comment }, { 'if-match': etag });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as ChangeResult;
}

beforeAll(async () => {
  appliance = await startAppliance({ config: { store: { excerpts: true } } });
  server = await serveTls(appliance, 'wanted.localhost', sessionServer('wanted', { json: true }));
  key = `${server.origin}/mcp`;
  const link = new URL(readFileSync(join(appliance.dir, 'data/admin-invite'), 'utf8').trim());
  const token = new URLSearchParams(link.hash.slice(1)).get('token');
  const signedIn = await fetch(`${appliance.consoleUrl}/api/invite`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'ana', password: PASSWORD }),
  });
  cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  ({ csrf } = (await signedIn.json()) as { csrf: string });
  expect(await callServer()).toMatchObject({ ok: true });
  await until(
    () => read<Page<FlowEvent>>('/events?filter=traffic:shadow'),
    ({ items }) => items.some(({ mcp_method }) => mcp_method === 'tools/call'),
  );
  // Tools come with a segment of their own.
  await until(
    () => read<Page<Server>>('/servers'),
    ({ items }) => items.some(({ tools }) => tools > 0),
  );
});
afterAll(async () => {
  server?.close();
  await appliance?.stop();
});

describe('what is seen', () => {
  test('every reading route answers with what was recorded', async () => {
    expect(await read<Overview>('/overview')).toMatchObject({
      headline: { mcpServers: { value: 1 }, shadowServers: { value: 1 } },
    });
    const health = await read<Health>('/health');
    expect(health).toMatchObject({
      proxy: { workers: 2 },
      clickhouse: { ready: true },
      policy: { default: 'log', pauseUntil: null },
    });
    expect(health.rules.count).toBeGreaterThan(20);
    expect((await read<Page<Server>>('/servers')).items).toMatchObject([{ serverKey: key, state: 'new', traffic: ['shadow'] }]);
    const one = await read<ServerDetails>(`/servers/one?key=${encodeURIComponent(key)}`);
    expect(one.toolList.map(({ name }) => name)).toContain('echo');
    expect(one.timeline.reduce((sum, { n }) => sum + n, 0)).toBeGreaterThan(0);
    const rules = (await read<Page<RuleItem>>('/rules')).items;
    const hit = rules.find(({ hits }) => hits > 0);
    expect(hit).toMatchObject({ users: 1, mode: 'log', modeFrom: { step: 'default-mode' } });
    expect(await read(`/rules/${hit?.id}`)).toMatchObject({
      source: expect.stringContaining(hit?.id ?? '?'),
      file: expect.stringMatching(/^mcp\//),
    });
    expect((await read<Page<{ user: string }>>('/people')).items).toMatchObject([{ user: '127.0.0.1', shadow: 1 }]);
    expect(await read('/people/one?user=127.0.0.1')).toMatchObject({ serverList: [{ serverKey: key }] });
    expect(await read('/map')).toMatchObject({
      nodes: expect.arrayContaining([expect.objectContaining({ label: expect.stringContaining('wanted') })]),
    });
    for (const path of [
      '/dlp/summary',
      '/dlp/findings',
      '/dlp/detectors',
      '/dlp/profiles',
      '/reports/adoption',
      '/reports/compliance',
      '/requests',
    ])
      await read(path);
    expect(await read('/settings')).toMatchObject({
      retention: { http_flow: expect.any(Number) },
      signIn: { oidc: false, accounts: 1 },
    });
    expect(await (await call('GET', '/ca.pem')).text()).toContain('BEGIN CERTIFICATE');
    expect(await (await call('GET', '/reports/compliance?format=csv')).text()).toMatch(/^what,name,/);
  });

  test('pages of a list follow each other without gaps and without doubles', async () => {
    const all = (await read<Page<FlowEvent>>('/events?limit=500')).items.map(({ event_id }) => event_id);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: Page<FlowEvent> = await read(`/events?limit=2&cursor=${next}`);
      seen.push(...page.items.map(({ event_id }) => event_id));
      next = page.next;
    }
    expect(all.length).toBeGreaterThan(4);
    expect(seen).toEqual(all);
  });

  test('an event is explained; its content is read by those who may, and that is recorded', async () => {
    const { items } = await read<Page<FlowEvent>>('/events?filter=tool:echo');
    expect(items[0]).toMatchObject({ mcp_method: 'tools/call', mcp_tool: 'echo', excerpt: '' });
    const id = items[0]?.event_id ?? '';
    const details = await read<EventDetails>(`/events/${id}`);
    expect(details.event.excerpt).toContain('tools/call');
    expect(details.explanation.signals[0]?.meaning).not.toBe('');
    expect(details.explanation.rules[0]?.title).not.toBe('');
    expect(details.explanation.change.join()).toContain('servers approve');
    expect(details.curl).toContain(key);
    expect(details.server).toMatchObject({ serverKey: key, state: 'new' });
    expect(await (await call('POST', `/events/${id}/sample`)).json()).toMatchObject({
      yaml: expect.stringContaining('tools/call'),
    });

    const viewer = (await (await call('POST', '/tokens', { name: 'reader', role: 'viewer', days: 1 })).json()) as {
      token: string;
    };
    const asViewer = await fetch(`${appliance.consoleUrl}/api/events/${id}`, {
      headers: { authorization: `Bearer ${viewer.token}` },
    });
    expect(await asViewer.json()).toMatchObject({ withheld: true, event: { excerpt: '' } });
    const views = await until(
      async () => (await read<Page<AuditEntry>>('/audit')).items.filter(({ action }) => action === 'event.view'),
      (found) => found.length > 0,
    );
    expect(views).toMatchObject([{ actor: 'ana', object_id: id }]);
  });

  test('findings are one for each server and user, with a state, and tell what is new since the last look', async () => {
    const find = async () => (await read<Page<Finding>>('/findings')).items.find(({ kind }) => kind === 'shadow');
    const finding = await find();
    expect(finding).toMatchObject({ serverKey: key, user: '127.0.0.1', state: 'new', changed: true });
    await call('POST', '/findings/seen');
    expect(
      (await call('PATCH', `/findings/${finding?.id}`, { state: 'acknowledged', assignee: 'ana', note: 'on it' })).status,
    ).toBe(200);
    expect(await find()).toMatchObject({ state: 'acknowledged', assignee: 'ana', note: 'on it', changed: false });
    await call('POST', '/servers/review', { serverKey: key, state: 'in-review', owner: 'finance' });
    expect((await read<Page<Server>>('/servers')).items[0]).toMatchObject({ state: 'in-review', owner: 'finance' });
  });

  test('events come out as NDJSON, CSV and HAR', async () => {
    const ndjson = await call('GET', '/events/export?filter=traffic:shadow');
    const events = (await ndjson.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FlowEvent);
    expect([ndjson.headers.get('x-total-rows'), ndjson.headers.get('x-truncated')]).toEqual([String(events.length), 'false']);
    const csv = await (await call('GET', '/events/export?format=csv&filter=traffic:shadow')).text();
    expect(csv.split('\r\n')).toHaveLength(events.length + 2);
    const har = readHar(await (await call('GET', '/events/export?format=har&filter=traffic:shadow')).text());
    expect(har.map(({ flow }) => flow.request.url)).toEqual(events.map(({ url }) => url));
  });
});

describe('what is decided', () => {
  test('a simulation tells its progress, then what a block would have stopped', async () => {
    const response = await call('POST', '/simulate', { mode: 'block', target: 'shadow', since: '1h' });
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SimulationLine);
    expect(lines[0]).toMatchObject({ type: 'progress' });
    expect(lines.at(-1)).toMatchObject({ type: 'result', result: { newly_blocked: { users: 1, servers: 1 } } });
    const approved = { change: { kind: 'approve', url: key }, since: '1h' };
    const tried = (await (await call('POST', '/simulate', approved)).text()).trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(tried)).toMatchObject({ type: 'result', result: { newly_blocked: { requests: 0 } } });
  });

  test('a mode is switched to block, the server approved, and each is in force, in history and audit log', async () => {
    const blocked = await change({ kind: 'mode', target: 'shadow', mode: 'block' }, 'nobody asked');
    expect(blocked.change).toMatchObject({ action: 'mode', object: 'shadow', files: [expect.stringContaining('modes.yml')] });
    await until(callServer, ({ ok }) => !ok);
    await change({ kind: 'approve', url: key, owner: 'finance', until: '2099-01-31' }, 'they need it');
    await until(callServer, ({ ok }) => ok);
    expect((await read<ServerDetails>(`/servers/one?key=${encodeURIComponent(key)}`)).approval).toMatchObject({
      owner: 'finance',
      by: 'ana',
    });
    const { items } = await read<Page<{ number: number; actor: string; reason: string }>>('/policy/history');
    expect(items.slice(0, 2)).toMatchObject([
      { actor: 'ana', action: 'approve', reason: 'they need it' },
      { actor: 'ana', action: 'mode', reason: 'nobody asked' },
    ]);
    expect(await read(`/policy/history/${items[0]?.number}`)).toMatchObject({ diff: [{ file: 'approved.yml' }] });
    const acts = await until(
      async () => (await read<Page<AuditEntry>>('/audit')).items.filter(({ action }) => action.startsWith('policy.')),
      (found) => found.some(({ action }) => action === 'policy.approve'),
    );
    expect(acts.find(({ action }) => action === 'policy.approve')).toMatchObject({
      actor: 'ana',
      object_id: key,
      reason: 'they need it',
    });
    expect(acts.filter(({ actor }) => actor !== 'ana')).toEqual([]);

    const { etag } = await read<PolicyDocuments>('/policy');
    const back = { n: items[1]?.number, comment: 'after all not' };
    expect((await call('POST', '/policy/rollback', back, { 'if-match': etag })).status).toBe(200);
    expect((await call('POST', '/policy/rollback', back, { 'if-match': etag })).status).toBe(412);
    await until(callServer, ({ ok }) => !ok);
  });

  test('who was blocked asks, an operator approves, and who asked passes', async () => {
    const { text } = await callServer();
    const link = /http:\/\/daylight\.internal(\/ask\/[A-Za-z0-9_.-]+)/.exec(text)?.[1] ?? text;
    const url = `${appliance.consoleUrl}${link}`;
    await until(
      async () => (await fetch(url)).text(),
      (page) => page.includes(key),
    );
    const form = new URLSearchParams({ name: 'Ann', reason: 'Invoices.', days: '30' });
    await fetch(url, { method: 'POST', body: form, headers: { origin: appliance.consoleUrl } });
    const { items } = await read<Page<{ id: string }>>('/requests?state=pending');
    expect(items).toMatchObject([{ id: 'rq-1', servers: [key], name: 'Ann' }]);
    const approved = await call('POST', '/requests/rq-1/approve', { until: '2099-01-31', comment: 'fine' });
    expect(await approved.json()).toMatchObject({
      id: 'rq-1',
      state: 'approved',
      decided_by: 'ana',
      changes: [{ action: 'approve' }],
    });
    expect((await call('POST', '/requests/rq-1/deny', { comment: 'too late' })).status).toBe(409);
    expect((await call('POST', '/requests/rq-9/deny', { comment: 'which' })).status).toBe(404);
    await until(callServer, ({ ok }) => ok);
  });

  test('a false positive is a dated exception and a sample', async () => {
    const { items } = await read<Page<FlowEvent>>('/events?filter=traffic:shadow');
    const found = items.find(({ rules }) => rules.length > 0);
    const said = await call('POST', `/events/${found?.event_id}/false-positive`, { until: '2099-01-31', comment: 'ours' });
    const answer = (await said.json()) as ChangeResult & { sample: string };
    expect(answer.change).toMatchObject({ action: 'add-exception', object: 'ex-1' });
    expect(readFileSync(answer.sample, 'utf8')).toContain(`event ${found?.event_id}`);
  });
});

test('somebody is forgotten while the appliance runs, outside the store too', async () => {
  const wanted = { user: 'cara', name: 'a program', groups: [], days: 9 };
  expect((await call('POST', '/proxy-tokens', wanted)).status).toBe(200);
  const response = await call('POST', '/people/forget', { user: 'cara', confirm: 'cara', comment: 'asked for it' });
  const result = (await response.json()) as ForgetResult;
  expect(result).toMatchObject({ rows: 0, elsewhere: [{ place: 'proxy tokens', deleted: 1, renamed: 0 }] });
  expect(result.kept.map(({ what }) => what)).toContain('backups');
  expect((await read<{ items: unknown[] }>('/proxy-tokens?all=true')).items).toEqual([]);
});

describe('the live feed', () => {
  const open = (query: string, headers: Record<string, string>) =>
    new WebSocket(`${appliance.consoleUrl.replace('http', 'ws')}/api/live${query}`, { headers });
  const outcome = (socket: WebSocket) =>
    new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.once('error', () => resolve(0));
    });

  test('shows events as they happen, those that fit, and only while it is not paused', async () => {
    const socket = open('?filter=tool:echo', { cookie, origin: appliance.consoleUrl });
    const items: FlowEvent[] = [];
    const problems: unknown[] = [];
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as LiveMessage;
      if (message.type === 'events') items.push(...message.items);
      else problems.push(message);
    });
    expect(await outcome(socket)).toBe(101);
    await until(
      async () => {
        await callServer();
        return items;
      },
      (found) => found.some(({ mcp_tool }) => mcp_tool === 'echo'),
    );
    expect(new Set(items.map(({ mcp_tool }) => mcp_tool))).toEqual(new Set(['echo']));
    expect(items.every(({ excerpt }) => excerpt === '')).toBe(true);
    socket.send(JSON.stringify({ type: 'filter', filter: 'tool:(' }));
    await until(
      async () => problems,
      ([problem]) => problem !== undefined,
    );
    expect(problems).toMatchObject([{ type: 'error', error: { code: 'ERR_FILTER', position: expect.any(Number) } }]);
    socket.terminate();
  });

  test('is for pages of the console, and for those who have signed in', async () => {
    expect(await outcome(open('', { cookie, origin: 'https://evil.example' }))).toBe(403);
    expect(await outcome(open('', { origin: appliance.consoleUrl }))).toBe(401);
    expect(await outcome(open('?filter=nothing:here', { cookie, origin: appliance.consoleUrl }))).toBe(400);
    expect((await call('GET', '/live')).status).toBe(400);
  });

  test('ends when whoever watches signs out', async () => {
    const viewer = (await (await call('POST', '/tokens', { name: 'watcher', role: 'viewer', days: 1 })).json()) as {
      id: string;
      token: string;
    };
    const socket = open('', { authorization: `Bearer ${viewer.token}` });
    expect(await outcome(socket)).toBe(101);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    expect((await call('DELETE', `/tokens/${viewer.id}`)).status).toBe(204);
    expect(await closed).toBe(4401);
  });
});
