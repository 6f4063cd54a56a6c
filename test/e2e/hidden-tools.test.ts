// Tools that an approval does not allow: not seen in the lists of the server, and refused when they are called all the same. With a
// real server and client of every transport; the inventory still learns about all tools.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchBy } from './doors.ts';
import { eventually, startTestProxy, type TestProxy } from './proxy.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';
import { echoTool, type ToolServer, toolServer } from './servers/tool-server.ts';

const WAIT = { timeout: 30_000 };
const TOOLS = ['echo', 'delete_all', 'delete_one', 'read'].map((name) => echoTool(`Tool ${name}`, { name }));

let proxy: TestProxy;
let dispatcher: ProxyAgent;
let through: typeof fetch;
let server: TestServer;
const served: ToolServer = toolServer('tools', TOOLS);

beforeAll(async () => {
  proxy = await startTestProxy();
  server = await serveTls(proxy, 'tools.localhost', served.listener);
  dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca: proxy.ca } });
  through = fetchBy(dispatcher);
});
afterAll(async () => {
  await dispatcher?.destroy();
  server?.close();
  await proxy?.stop();
});

const open: Record<string, () => unknown> = {
  '/mcp': () => new StreamableHTTPClientTransport(new URL(`${server.origin}/mcp`), { fetch: through }),
  '/json': () => new StreamableHTTPClientTransport(new URL(`${server.origin}/json`), { fetch: through }),
  '/sse': () => new SSEClientTransport(new URL(`${server.origin}/sse`), { fetch: through }),
};

async function listed(client: Client): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? undefined : { cursor }, WAIT);
    names.push(...page.tools.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return names;
}

it.each(Object.keys(open))('at %s they are neither seen nor called', async (path) => {
  proxy.approve([{ url: server.origin, blockedTools: ['delete_*'], hideTools: true }]);
  const client = new Client({ name: 'hidden-test', version: '1.0.0' });
  await client.connect(open[path]!() as Transport, WAIT);
  expect(await listed(client)).toEqual(['echo', 'read']);
  const call = (name: string) => client.callTool({ name, arguments: { message: 'hello' } }, undefined, WAIT);
  expect(await call('echo')).toMatchObject({ content: [{ text: 'echo: hello' }] });
  await expect(call('delete_one')).rejects.toThrow(path === '/sse' ? /403|Blocked/ : /outside the approval/);
  await client.close();
});

it('without hideTools they are seen', async () => {
  proxy.approve([{ url: server.origin, blockedTools: ['delete_*'] }]);
  const client = new Client({ name: 'hidden-test', version: '1.0.0' });
  await client.connect(open['/json']!() as Transport, WAIT);
  expect(await listed(client)).toEqual(['echo', 'delete_all', 'delete_one', 'read']);
  await client.close();
});

it('the inventory learns about all of them', async () => {
  await eventually('the sightings', () => TOOLS.every(({ name }) => proxy.tools.includes(name)));
});
