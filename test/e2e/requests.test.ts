// From a block to an approval, with real clients and a real appliance: a client reads the link, a person opens it, says why, somebody
// decides, the call passes. And the ways in which that can fail.

import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApprovalRequest } from '../../src/approval-request.ts';
import { openStore } from '../../src/store/connect.ts';
import { type Appliance, type ApplianceOptions, startAppliance, until } from './appliance.ts';
import { type ClientReport, failed, sdk1 } from './clients/mcp-clients.ts';
import { fetchBy } from './doors.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const BLOCK = 'default: log\nmodes:\n  - { traffic: shadow, mode: block }\n';
const LINK = /http:\/\/daylight\.internal\/ask\/[A-Za-z0-9_.-]+/;

interface Visit {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** What a browser does with a link: through the proxy where one is set, to the console's own address otherwise. */
async function visit(url: string, { proxy, form }: { proxy?: string; form?: Record<string, string> } = {}): Promise<Visit> {
  const { hostname, port } = new URL(proxy ?? url);
  const { host, origin, pathname } = new URL(url);
  const body = form && new URLSearchParams(form).toString();
  const headers = body ? { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin } : {};
  const sent = httpRequest({
    ...{ hostname, port, path: proxy ? url : pathname, method: body ? 'POST' : 'GET' },
    headers: { Host: host, ...headers },
    timeout: 30_000,
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

function listRequests(appliance: Appliance, ...args: string[]): Promise<ApprovalRequest[]> {
  return appliance.cli('requests', 'list', '--json', ...args).then(({ stdout }) =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ApprovalRequest),
  );
}

/** SDK 1.x through the proxy: what it saw, or the error that its user reads. */
async function callServer(appliance: Appliance, server: TestServer): Promise<ClientReport> {
  const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile, 'utf8') } });
  const through = fetchBy(dispatcher);
  const report = await sdk1(`${server.origin}/mcp`, { fetch: through }).catch(failed);
  await dispatcher.close();
  return report;
}

async function linkFor(appliance: Appliance, server: TestServer): Promise<string> {
  const { ok, text } = await callServer(appliance, server);
  expect(ok).toBe(false);
  return LINK.exec(text)?.[0] ?? `no link in: ${text}`;
}

const FORM = { name: 'Ann Example', reason: 'I look up invoices there.', days: '30' };

const WITHOUT_CLICKHOUSE: ApplianceOptions = {
  config: { clickhouse: { url: 'http://127.0.0.1:1' }, console: { url: 'https://daylight.corp.example/desk' } },
  rules: { 'local/modes.yml': BLOCK },
};
let dark: Promise<Appliance>;

describe('with an appliance', () => {
  let appliance: Appliance;
  const servers: TestServer[] = [];

  beforeAll(async () => {
    appliance = await startAppliance();
    // Without ClickHouse it takes its time to start: longer than the tests here.
    dark = startAppliance(WITHOUT_CLICKHOUSE);
    dark.catch(() => undefined);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await appliance?.stop();
  });

  async function serve(name: string): Promise<TestServer> {
    const server = await serveTls(appliance, `${name}.localhost`, sessionServer(name, { json: true }));
    servers.push(server);
    return server;
  }

  const open = (link: string, form?: Record<string, string>) =>
    visit(link, { proxy: appliance.proxyUrl, ...(form ? { form } : {}) });
  const atConsole = (link: string) => link.replace('http://daylight.internal', appliance.consoleUrl);

  test('a call is logged, then blocked, asked for, approved, and passes', async () => {
    const server = await serve('wanted');
    expect(await callServer(appliance, server)).toMatchObject({ ok: true, text: 'echo: hello' });
    await appliance.cli('rules', 'mode', 'shadow', 'block');
    await appliance.inForce();

    const link = await linkFor(appliance, server);
    const shown = await until(
      () => open(link),
      ({ text }) => text.includes(`${server.origin}/mcp`),
    );
    expect(shown).toMatchObject({ status: 200, text: expect.stringContaining('nobody approved this MCP server') });
    expect((await visit(atConsole(link))).text).toContain(`${server.origin}/mcp`);

    expect(await open(link, FORM)).toMatchObject({ status: 200, text: expect.stringContaining('Your request was sent') });
    expect((await visit(atConsole(link))).text).toContain('pending');
    const [request] = await listRequests(appliance, '--state', 'pending');
    expect(request).toMatchObject({
      id: 'rq-1',
      name: 'Ann Example',
      servers: [`${server.origin}/mcp`],
      address: '127.0.0.1',
      user: '',
    });

    const { stdout } = await appliance.cli('requests', 'show', 'rq-1');
    expect(stdout).toMatch(/I look up invoices there\..*everyone: \d+ flows, [1-9]\d* blocked/s);
    expect(stdout).toContain('tools called: echo');

    const approved = await appliance.cli('requests', 'approve', 'rq-1', '--comment', 'fine for now', '--owner', 'finance');
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining('for everyone: who asked was not identified') });
    const policy = readFileSync(join(appliance.rulesDir, 'local/approved.yml'), 'utf8');
    expect(policy).toMatch(/comment: "rq-1: fine for now"/);
    const day = new Date((request?.created ?? 0) + 30 * 86_400_000).toISOString().slice(0, 7);
    expect(policy).toMatch(new RegExp(`until: "?${day}`));
    await until(
      () => callServer(appliance, server),
      ({ ok }) => ok,
      5_000,
    );
    expect((await open(link)).text).toMatch(/approved.*fine for now/s);
    expect(await appliance.cli('requests', 'deny', 'rq-1', '--comment', 'too late')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rq-1 is decided already: approved by'),
    });
    expect(statSync(join(appliance.dir, 'data/requests.sqlite')).mode & 0o777).toBe(0o600);
    expect(appliance.log()).not.toContain(link.split('/').at(-1));
  });

  test('a request is denied, and who asked reads why', async () => {
    const server = await serve('unwanted');
    const link = await linkFor(appliance, server);
    await open(link, FORM);
    const [{ id } = { id: '' }] = await listRequests(appliance, '--state', 'pending');
    expect((await appliance.cli('requests', 'deny', id)).code).toBe(1);
    expect((await appliance.cli('requests', 'deny', id, '--comment', 'Use the portal.')).code).toBe(0);
    expect((await open(link)).text).toMatch(/denied.*Use the portal\./s);
    expect((await callServer(appliance, server)).ok).toBe(false);
  });

  test('an approval for one person leaves what others have as it is', async () => {
    const server = await serve('shared');
    const url = `${server.origin}/mcp`;
    await appliance.cli('servers', 'approve', url, '--users', 'bob@example.com', '--until', '2099-01-31');
    await appliance.inForce();
    const link = await linkFor(appliance, server);
    // What is asked for is known once the event is stored.
    await until(
      () => open(link),
      ({ text }) => text.includes(url),
    );
    await open(link, FORM);
    const [{ id } = { id: '' }] = await listRequests(appliance, '--state', 'pending');
    const { stdout } = await appliance.cli('requests', 'approve', id, '--users', 'ann@example.com', '--tools', 'echo');
    expect(stdout).toContain('for ann@example.com');
    const policy = readFileSync(join(appliance.rulesDir, 'local/approved.yml'), 'utf8');
    expect(policy.split(`url: ${url}`)).toHaveLength(3);
    expect(policy).toMatch(/bob@example\.com[^-]*until: "?2099-01-31/s);
    expect((await appliance.cli('check')).code).toBe(0);
  });

  test('a forged link leads nowhere, by both ways', async () => {
    const link = await linkFor(appliance, await serve('forged'));
    const forged = `${link.slice(0, -1)}${link.endsWith('A') ? 'Q' : 'A'}`;
    for (const answer of [await open(forged), await open(forged, FORM), await visit(atConsole(forged))])
      expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('Unknown link') });
    expect((await visit(`${appliance.consoleUrl}/healthz`)).text).toBe('ok\n');
  });

  test('many requests in a short time are refused', async () => {
    const server = await serve('many');
    const links = await Promise.all(Array.from({ length: 6 }, () => linkFor(appliance, server)));
    for (const link of links) {
      await until(
        () => open(link),
        ({ text }) => text.includes(server.origin),
      );
    }
    const last = links.pop() ?? '';
    for (const [n, link] of links.entries()) expect((await open(link, { ...FORM, name: `Person ${n}` })).status).toBe(200);
    const refused = await open(last, { ...FORM, name: 'Person 5' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('asking and deciding are in the audit log', async () => {
    const store = openStore({ data: join(appliance.dir, 'data'), clickhouse: 'embedded' });
    const query = 'SELECT DISTINCT action FROM audit_log';
    const ask = async () => {
      const result = await store.reader.query({ query, format: 'JSONEachRow' });
      return (await result.json<{ action: string }>()).map(({ action }) => action);
    };
    const acts = ['request.created', 'request.approved', 'request.denied', 'policy.approve'];
    await until(ask, (stored) => acts.every((act) => stored.includes(act)));
    await store.close();
  });
});

describe('with a public address and without ClickHouse', () => {
  let appliance: Appliance;
  let server: TestServer;

  beforeAll(async () => {
    appliance = await dark;
    server = await serveTls(appliance, 'dark.localhost', sessionServer('dark', { json: true }));
  });
  afterAll(async () => {
    server?.close();
    await appliance?.stop();
  });

  test('the request is taken all the same, and approved once somebody names the server', async () => {
    const { text } = await callServer(appliance, server);
    const link = /https:\/\/daylight\.corp\.example\/desk(\/ask\/[A-Za-z0-9_.-]+)/.exec(text)?.[1] ?? text;
    const page = await visit(`${appliance.consoleUrl}${link}`);
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('still being stored') });
    expect((await visit(`${appliance.consoleUrl}${link}`, { form: FORM })).text).toContain('Your request was sent');
    expect(await listRequests(appliance)).toMatchObject([{ id: 'rq-1', servers: [], state: 'pending' }]);

    const unnamed = await appliance.cli('requests', 'approve', 'rq-1');
    expect(unnamed).toMatchObject({ code: 1, stderr: expect.stringContaining('--server URL') });
    const named = await appliance.cli('requests', 'approve', 'rq-1', '--server', `${server.origin}/mcp`);
    expect(named.code).toBe(0);
    await until(
      () => callServer(appliance, server),
      ({ ok }) => ok,
      5_000,
    );
  });
});
