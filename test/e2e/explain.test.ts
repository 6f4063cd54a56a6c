// `explain` on flows of a real run: each signal with its weight, the rules, the step of policy that decided, and what would have changed
// the verdict. The commands that it proposes are carried out, and have to do what they promise.

import { readFileSync } from 'node:fs';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredEvent } from '../../src/store/rows.ts';
import { type Appliance, startAppliance } from './appliance.ts';
import { initialize } from './clients/raw-clients.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

interface Explained {
  traffic: string;
  action: string;
  policy: { step: string; id: string };
  signals: { id: string; weight: string; meaning: string }[];
  rules: { title: string; level: string; evidence: string }[];
  seen?: string;
  evidence: string[];
  change: string[];
}

let appliance: Appliance;
let dispatcher: ProxyAgent;
let mcp: TestServer;
let models: TestServer;

beforeAll(async () => {
  appliance = await startAppliance();
  dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile) } });
  mcp = await serveTls(appliance, 'tools.localhost', sessionServer('explained', { json: true }));
  models = await serveTls(appliance, 'models.localhost', (incoming, outgoing) => {
    incoming.resume();
    outgoing.setHeader('content-type', 'application/json').end('{"id":"resp_1","object":"response","output":[]}');
  });
});

afterAll(async () => {
  await dispatcher?.destroy();
  mcp?.close();
  models?.close();
  await appliance?.stop();
});

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const answer = await undiciFetch(url, { method: 'POST', headers, body: JSON.stringify(body), dispatcher });
  await answer.text();
}

async function explain(subject: string): Promise<Explained> {
  const { stdout, stderr, code } = await appliance.cli('explain', subject, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Explained;
}

/** The newest event that holds, once it is stored. */
async function eventWith(holds: (event: StoredEvent) => boolean): Promise<StoredEvent> {
  const events = await appliance.events((all) => all.some(holds));
  return events.find(holds)!;
}

/** Carries out a command as `explain` proposes it. */
async function carryOut(command: string): Promise<void> {
  const { code, stderr } = await appliance.cli(...command.split(' ').slice(1));
  expect(code, stderr).toBe(0);
  await appliance.inForce();
}

test('a session nobody approved: from the log entry to the approval and back', async () => {
  const url = `${mcp.origin}/mcp`;
  const { stdout } = await appliance.cli('explain', url);
  expect(stdout).toContain('never seen here: only the address can be judged; an MCP session there would be shadow, log');

  const open = () => post(url, initialize('explained-client', '2025-06-18'));
  await open();
  const logged = await eventWith(({ traffic }) => traffic === 'shadow');
  const explained = await explain(logged.event_id);
  expect(explained).toMatchObject({ traffic: 'shadow', action: 'log', policy: { step: 'default-mode' } });
  expect(explained.signals.map(({ id }) => id)).toEqual(logged.signals);
  for (const { weight, meaning } of explained.signals) {
    expect(weight).toMatch(/^(decisive|strong|weak)$/);
    expect(meaning).not.toBe('');
  }
  expect(explained.rules.map(({ title }) => title)).toContain('MCP session opened with initialize');
  expect(explained.evidence).toHaveLength(1);
  expect(explained.evidence[0]).toMatch(/without .*mcp\.body\.initialize.*suspicion only/);

  const byUrl = await explain(url);
  expect(byUrl).toMatchObject({ traffic: 'shadow', action: 'log', seen: expect.stringContaining('explained') });
  expect(byUrl.rules.length).toBeGreaterThan(0);

  await carryOut(explained.change.find((way) => way.includes('servers approve'))!);
  await open();
  const approved = await explain((await eventWith(({ traffic }) => traffic === 'approved')).event_id);
  expect(approved).toMatchObject({ action: 'allow', policy: { step: 'approval', id: url } });

  await carryOut(approved.change.find((way) => way.includes('servers block'))!);
  await open();
  const blocked = await explain((await eventWith(({ disposition }) => disposition === 'blocked')).event_id);
  expect(blocked).toMatchObject({ traffic: 'shadow', action: 'block', policy: { step: 'server-block', id: url } });
  expect(await explain(url)).toMatchObject({ action: 'block', policy: { step: 'server-block' } });

  await carryOut(blocked.change.find((way) => way.includes('servers unblock'))!);
  expect(await explain(url)).not.toMatchObject({ action: 'block' });
});

test('a model API call is changed by approving the server it names, not the API', async () => {
  const server = 'https://orders.example/mcp';
  const tools = [{ type: 'mcp', server_label: 'orders', server_url: server }];
  await post(`${models.origin}/v1/responses`, { model: 'm', input: 'hi', tools });
  const explained = await explain((await eventWith(({ traffic }) => traffic === 'hosted')).event_id);
  expect(explained).toMatchObject({ action: 'log', rules: [{ title: 'Model API asked to call an MCP server', level: 'high' }] });
  expect(explained.evidence).toEqual(['without llm.hosted.tool: nothing would be left']);
  const [approve = ''] = explained.change;
  expect(approve).toBe(`daylight servers approve ${server}`);
  await carryOut(approve);
  await post(`${models.origin}/v1/responses`, { model: 'm', input: 'again', tools });
  const { event_id } = await eventWith(({ policy_step, traffic }) => traffic === 'hosted' && policy_step === 'approval');
  expect(await explain(event_id)).toMatchObject({ traffic: 'hosted', action: 'allow', policy: { id: server } });
});

test('an ordinary request, for people', async () => {
  await post(`${models.origin}/v1/orders`, { item: 'chair' });
  const { event_id } = await eventWith(({ path }) => path === '/v1/orders');
  const { stdout } = await appliance.cli('explain', event_id);
  expect(stdout).toContain('No sign of MCP.');
  expect(stdout).toContain('none: no rule matched, so nothing was to be decided');
  expect(stdout).toContain('nothing of MCP was seen; a new signal or rule would be needed');
});
