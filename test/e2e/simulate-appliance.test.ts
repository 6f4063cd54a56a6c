// `simulate` and `servers suggest` on a running appliance: clients talk through the real proxy while everything is logged, the command
// says what a block would stop, the mode is switched, and the same requests to servers of the same kind are stopped just so.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SimulationResult } from '../../src/engine/policy/simulate.ts';
import { type Appliance, startAppliance } from './appliance.ts';
import { sdk1 } from './clients/mcp-clients.ts';
import { CALL, initialize } from './clients/raw-clients.ts';
import { fetchBy } from './doors.ts';
import { sessionServer } from './servers/session-server.ts';
import { statelessServer } from './servers/stateless-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const KINDS = {
  session: sessionServer('session', { json: true }),
  approved: sessionServer('approved', { json: true }),
  stateless: statelessServer('stateless'),
  // Takes documents about MCP: its answers show that it is no server of it.
  documents: (incoming, outgoing) => {
    incoming
      .resume()
      .on('end', () => outgoing.setHeader('content-type', 'text/html').end('<!doctype html><p>Saved as a document.</p>'));
  },
} satisfies Record<string, Parameters<typeof serveTls>[2]>;
type Servers = Record<keyof typeof KINDS, TestServer>;

let appliance: Appliance;
let dispatcher: ProxyAgent;
let before: Servers;
let after: Servers;

beforeAll(async () => {
  appliance = await startAppliance({ config: { store: { benign: 'count' } } });
  dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile) } });
  before = await serve('before');
  after = await serve('after');
});

afterAll(async () => {
  await dispatcher?.destroy();
  for (const server of [before, after].flatMap((servers) => Object.values(servers ?? {}))) server.close();
  await appliance?.stop();
});

async function serve(prefix: string): Promise<Servers> {
  const started = await Promise.all(
    Object.entries(KINDS).map(async ([kind, listener]) => [
      kind,
      await serveTls(appliance, `${prefix}-${kind}.localhost`, listener),
    ]),
  );
  return Object.fromEntries(started) as Servers;
}

/** One request after the other; a refusal does not keep the next from being made. */
async function visit({ session, approved, stateless, documents }: Servers): Promise<void> {
  const post = async (server: TestServer, body: object, headers: Record<string, string> = {}): Promise<string> => {
    const fields = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers };
    const answer = await undiciFetch(`${server.origin}/mcp`, {
      method: 'POST',
      headers: fields,
      body: JSON.stringify(body),
      dispatcher,
    });
    await answer.text();
    return answer.headers.get('mcp-session-id') ?? 'none';
  };
  for (const server of [session, approved]) {
    const id = await post(server, initialize('visitor', '2025-06-18'));
    const headers = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' };
    await post(server, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    await post(server, CALL, headers);
    await post(server, { ...CALL, params: { name: 'shout', arguments: {} } }, headers);
  }
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const discover = { jsonrpc: '2.0', id: 5, method: 'server/discover', params: { _meta: meta } };
  await post(stateless, discover, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' });
  await post(documents, CALL);
  await post(documents, { title: 'about MCP' });
}

async function simulate(...args: string[]): Promise<SimulationResult & { code: number }> {
  const { stdout, stderr, code } = await appliance.cli('simulate', '--since', '1h', '--limit', '100', '--json', ...args);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as SimulationResult) };
}

async function change(...args: string[]): Promise<void> {
  const { code, stderr } = await appliance.cli(...args);
  expect(code, stderr).toBe(0);
  await appliance.inForce();
}

/** Blocked requests by kind of server. */
function byKind(counts: readonly (readonly [string, number])[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const [server, count] of counts) {
    const kind = /(?:before|after)-(\w+)\./.exec(server)?.[1] ?? server;
    kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  return kinds;
}

test('what is simulated is what is blocked after the switch', async () => {
  await visit(before);
  // Eight in two sessions, one stateless, and the document that looked like a call until it was answered.
  await appliance.events((events) => events.length === 10, { args: ['--host', '*.localhost'] });
  await change('servers', 'approve', `${before.approved.origin}/mcp`, '--tools', 'echo');
  await change('servers', 'approve', `${after.approved.origin}/mcp`, '--tools', 'echo');

  const simulated = await simulate('--mode', 'block', 'shadow');
  expect(simulated).toMatchObject({ code: 2, events: 10, no_longer_blocked: { requests: 0 } });
  const foreseen = byKind(simulated.servers.map(({ name, requests }) => [name, requests]));
  expect(foreseen).toEqual({ session: 4, approved: 1, stateless: 1, documents: 1 });
  // The tool outside the approval is refused whatever the modes say.
  expect(simulated.newly_blocked.requests).toBe(simulated.blocked.requests - 1);
  expect(simulated.saved).toMatchObject([{ by: 'approval', id: `${before.approved.origin}/mcp`, requests: 3 }]);

  await change('rules', 'mode', 'shadow', 'block');
  await visit(after);
  const blocked = await appliance.events((events) => events.length === 7, { args: ['--disposition', 'blocked'] });
  expect(byKind(blocked.map(({ dst_host }) => [dst_host, 1]))).toEqual(foreseen);
  expect(after.documents.requests).toHaveLength(1);

  const again = await simulate('--mode', 'block', 'shadow');
  expect(again).toMatchObject({ code: 0, newly_blocked: { requests: 0 }, blocked: { requests: 14 } });
  const loosened = await simulate('--mode', 'log');
  expect(loosened).toMatchObject({ code: 0, blocked: { requests: 2 }, no_longer_blocked: { requests: 12 } });
});

test('a real client is refused where the simulation says so, and gets through where it does not', async () => {
  await change('rules', 'mode', 'shadow', 'log');
  const fetch = fetchBy(dispatcher);
  const talk = (server: TestServer) => sdk1(`${server.origin}/mcp`, { fetch });
  const [free, named] = [
    await serveTls(appliance, 'free.localhost', KINDS.session),
    await serveTls(appliance, 'named.localhost', KINDS.session),
  ];
  try {
    for (const server of [free, named]) expect((await talk(server)).ok).toBe(true);
    await change('servers', 'approve', `${named.origin}/mcp`);
    const draft = join(appliance.dir, 'draft');
    mkdirSync(draft, { recursive: true });
    writeFileSync(
      join(draft, 'modes.yml'),
      'default: log\nmodes:\n  - traffic: shadow\n    mode: block\n    after: 2099-01-01\n',
    );
    await appliance.events((events) => events.length >= 5, { args: ['--host', 'free.localhost'] });
    const file = ['--policy', join(draft, 'modes.yml')];
    expect((await simulate(...file)).code).toBe(0);
    const { code, servers } = await simulate(...file, '--at', '2099-01-02');
    expect(code).toBe(2);
    const hit = servers.map(({ name }) => name);
    expect([hit.includes(`${free.origin}/mcp`), hit.includes(`${named.origin}/mcp`)]).toEqual([true, false]);

    await change('rules', 'mode', 'shadow', 'block');
    await expect(talk(free)).rejects.toThrow(/Blocked by Daylight/);
    expect((await talk(named)).ok).toBe(true);
  } finally {
    free.close();
    named.close();
  }
});

test('servers in use are proposed for approval as they are used, and no more once they are approved', async () => {
  const suggest = async () => {
    const { stdout, code, stderr } = await appliance.cli('servers', 'suggest', '--json');
    expect(code, stderr).toBe(0);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const key = `${before.session.origin}/mcp`;
  const found = (await suggest()).find(({ server_key }) => server_key === key);
  expect(found).toMatchObject({
    users: 1,
    days: 1,
    user_days: 1,
    requests: 4,
    blocked: 0,
    names: [expect.stringContaining('session')],
  });
  expect(found).toMatchObject({
    tools: [
      { name: 'echo', calls: 1 },
      { name: 'shout', calls: 1 },
    ],
    approval: { url: key, tools: ['echo', 'shout'] },
  });
  expect(found?.notes).toContain('some users are known by address only, so no groups are proposed');
  const command = String(found?.command);
  expect(command).toBe(`daylight servers approve ${key} --tools echo,shout --owner OWNER --comment WHY`);
  await change(...command.split(' ').slice(1));
  expect((await suggest()).map(({ server_key }) => server_key)).not.toContain(key);
  const { stdout } = await appliance.cli('servers', 'suggest');
  expect(stdout).toContain('daylight servers approve https://');
});

test('for people there is a report, and what is wrong is said', async () => {
  await change('rules', 'mode', 'shadow', 'log');
  const { stdout, code } = await appliance.cli('simulate', '--mode', 'block', '--since', '1h');
  expect(code).toBe(2);
  expect(stdout).toMatch(
    /The present policy with mode block for everything that has a mode would have blocked \d+ requests of \d+ by 1 user/,
  );
  expect(stdout).toMatch(/90-100 {2}█+ \d+/);
  expect(stdout).toContain('daylight servers suggest');
  const broken = join(appliance.dir, 'modes.yml');
  writeFileSync(broken, 'default: stop\n');
  const wrong = async (says: string, ...args: string[]) => {
    const ran = await appliance.cli('simulate', ...args);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(says)]);
  };
  await Promise.all([
    wrong('say what to try'),
    wrong('must be off, log or block', '--mode', 'stop'),
    wrong('no-such-tag', '--mode', 'block', 'no-such-tag'),
    wrong('--policy /no/such: there is no such file or folder', '--policy', '/no/such'),
    wrong(`${broken}:1`, '--policy', broken),
  ]);
});
