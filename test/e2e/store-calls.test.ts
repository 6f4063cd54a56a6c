// Calls through the whole appliance into the real ClickHouse: as they were seen, with sessions and users hidden as configured.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import OpenAI from 'openai';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { openStore } from '../../src/store/connect.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { fetchBy } from './doors.ts';
import { faultyServer } from './servers/faulty-server.ts';
import { modelServer } from './servers/model-server.ts';
import { serveTls } from './servers/tls-server.ts';

const WAIT = { timeout: 30_000 };
const APPROVED = `gateways:
  - { host: models.localhost, name: Gateway of the house, provider: azure }
`;

let appliance: Appliance;
let through: typeof fetch;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  appliance = await startAppliance({ rules: { 'local/approved.yml': APPROVED }, config: { store: { excerpts: true } } });
  const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile) } });
  closers.push(() => dispatcher.destroy());
  through = fetchBy(dispatcher);
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await appliance?.stop();
});

/** Rows, as soon as there are `count`. */
async function rows(query: string, count: number): Promise<Record<string, unknown>[]> {
  const store = openStore(loadConfig({ file: join(appliance.dir, 'daylight.yaml'), env: {} }));
  try {
    return await until(
      async () => (await store.reader.query({ query, format: 'JSONEachRow' })).json<Record<string, unknown>>(),
      (found) => found.length >= count,
      20_000,
    );
  } finally {
    await store.close();
  }
}

test('calls to an MCP server', async () => {
  const server = await serveTls(appliance, 'faulty.localhost', faultyServer());
  closers.push(() => server.close());
  const client = new Client({ name: 'caller', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(`${server.origin}/json`), { fetch: through });
  await client.connect(transport as Transport, WAIT);
  await client.callTool({ name: 'works', arguments: { note: 'hello' } }, undefined, WAIT);
  await client.callTool({ name: 'refuses', arguments: {} }, undefined, WAIT).catch(() => {});
  const session = transport.sessionId ?? '';
  await client.close();
  const found = await rows(
    `SELECT c.tool, c.outcome, c.outcome_source, c.error_code, c.error, c.road, c.traffic, c.server_key, c.session_id, c.excerpt,
            c.client_name, c.method, f.mcp_tool AS parent_tool, f.mcp_session_id AS parent_session
     FROM mcp_call AS c JOIN http_flow AS f ON f.event_id = c.parent_id WHERE c.method = 'tools/call' ORDER BY c.ts, c.tool DESC`,
    2,
  );
  expect(found).toMatchObject([
    {
      tool: 'works',
      parent_tool: 'works',
      outcome: 'ok',
      error_code: 0,
      error: '',
      road: 'direct',
      traffic: 'shadow',
      excerpt: '{"note":"hello"}',
    },
    { tool: 'refuses', outcome: 'error', outcome_source: 'answer', error_code: -32602, error: 'invalid-params' },
  ]);
  expect(found[0]).toMatchObject({ server_key: `${server.origin}/json`, session_id: found[0]?.parent_session });
  expect(session).not.toBe('');
  expect(JSON.stringify(found)).not.toContain(session);
});

test('calls to model APIs, benign ones too', async () => {
  const server = await serveTls(appliance, 'models.localhost', modelServer);
  closers.push(() => server.close());
  const openai = new OpenAI({ apiKey: 'none', baseURL: `${server.origin}/v1`, maxRetries: 0, fetch: through });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  await openai.chat.completions.create({ model: 'gpt-5.5', messages });
  await openai.chat.completions.create({ model: 'house-model', messages });
  const found = await rows(
    `SELECT model_requested, provider, gateway, road, traffic, input_tokens, cached_tokens, reasoning_tokens, cost_usd, tools
     FROM llm_call ORDER BY ts`,
    2,
  );
  expect(found).toMatchObject([
    {
      ...{ model_requested: 'gpt-5.5', provider: 'azure', gateway: 'Gateway of the house', road: 'gateway', traffic: 'none' },
      ...{ input_tokens: 1000, cached_tokens: 400, reasoning_tokens: 50, cost_usd: 0.0092, tools: [] },
    },
    { model_requested: 'house-model', cost_usd: null },
  ]);
});
