// DLP through the whole appliance: real servers of both transports, a real client, the real ClickHouse. What was found is told by
// masked findings only; afterwards nothing in the data folder, no table and no log holds any of the secrets.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import type { DlpMatchEvent } from '../../src/engine/event.ts';
import { openStore } from '../../src/store/connect.ts';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { fetchBy } from './doors.ts';
import { CARD, PRIVATE_KEY, type Records, recordsServer } from './servers/records-server.ts';
import { sessionServer } from './servers/session-server.ts';
import { sseServer } from './servers/sse-server.ts';
import { serveTls } from './servers/tls-server.ts';

const SECRETS = [CARD, CARD.replaceAll(' ', ''), PRIVATE_KEY.split('\n')[2]!];
const WAIT = { timeout: 30_000 };
const DLP = `profiles:
  - { id: cards, detectors: [payment-card], request: redact, response: redact }
  - { id: keys, detectors: [private-key], request: block, response: block }
`;

let appliance: Appliance;
let through: typeof fetch;
const keys = mkdtempSync(join(tmpdir(), 'daylight-keys-'));
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(keys, 'public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(keys, 'private.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  appliance = await startAppliance({
    rules: { 'local/dlp.yml': DLP },
    config: { store: { excerpts: true, evidenceKey: join(keys, 'public.pem') } },
  });
  const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile) } });
  closers.push(() => dispatcher.destroy());
  through = fetchBy(dispatcher);
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await appliance?.stop();
  rmSync(keys, { recursive: true, force: true });
});

/** An approved server of one transport, and a client of it through the proxy. */
async function serve(kind: 'streams' | 'sse'): Promise<{ records: Records; client: Client; url: string }> {
  const records = recordsServer();
  closers.push(() => records.release());
  const listener = kind === 'sse' ? sseServer(kind, records.create) : sessionServer(kind, { json: false }, records.create);
  const server = await serveTls(appliance, `records-${kind}.localhost`, listener);
  closers.push(() => server.close());
  const approved = await appliance.cli('servers', 'approve', server.origin, '--comment', 'reviewed');
  expect(approved.stderr).toBe('');
  await appliance.inForce();
  const url = `${server.origin}/${kind === 'sse' ? 'sse' : 'mcp'}`;
  const transport =
    kind === 'sse'
      ? new SSEClientTransport(new URL(url), { fetch: through })
      : new StreamableHTTPClientTransport(new URL(url), { fetch: through });
  const client = new Client({ name: 'dlp-appliance', version: '1.0.0' });
  await client.connect(transport as Transport, WAIT);
  closers.push(() => client.close());
  return { records, client, url };
}

async function findings(...args: string[]): Promise<(Omit<DlpMatchEvent, 'evidence'> & { evidence: boolean })[]> {
  const { stdout, stderr, code } = await appliance.cli('dlp', 'findings', '--json', ...args);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test.each(['streams', 'sse'] as const)(
  'cards are replaced, keys are stopped, the rest passes at once (%s)',
  async (kind) => {
    const { records, client, url } = await serve(kind);
    const heard: string[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(String(params.data)));

    await client.callTool({ name: 'note', arguments: { text: `charge ${CARD}` } }, undefined, WAIT);
    expect(records.notes).toEqual([expect.stringMatching(/^charge \[payment-card [0-9a-f]{6}\]$/)]);

    // The stream stays open: what has been said arrives while the server holds the rest back.
    const watching = client.callTool({ name: 'watch', arguments: {} }, undefined, WAIT);
    await until(
      async () => heard.length,
      (count) => count >= 3,
    );
    expect(heard).toEqual(['started', expect.stringMatching(/^paid by card \[payment-card [0-9a-f]{6}\]$/), 'waiting']);
    records.release();
    expect(JSON.stringify(await watching)).toMatch(/done, card \[payment-card /);

    const refused = await client.callTool({ name: 'note', arguments: { text: PRIVATE_KEY } }, undefined, WAIT).catch(String);
    expect(refused).toMatch(/private-key/);
    expect(records.notes).toHaveLength(1);

    await client.close();
    const found = await until(
      () => findings('--server', url),
      (each) => ['payment-card', 'private-key'].every((name) => ['request', 'response'].every((way) => has(each, name, way))),
      20_000,
    );
    expect(found.every(({ traffic, evidence }) => traffic === 'approved' && evidence)).toBe(true);
    expect(found.find((each) => each.detector === 'payment-card')).toMatchObject({ action: 'redact', category: 'financial' });
  },
  60_000,
);

function has(found: readonly Pick<DlpMatchEvent, 'detector' | 'direction'>[], detector: string, direction: string): boolean {
  return found.some((each) => each.detector === detector && each.direction === direction);
}

test('the holder of the private key reads what was found, and that is recorded', async () => {
  const [card] = await findings('--detector', 'payment-card', '--limit', '1');
  const opened = await appliance.cli('dlp', 'evidence', card!.event_id, '--key', join(keys, 'private.pem'), '--json');
  expect(JSON.parse(opened.stdout)).toEqual({ detector: 'payment-card', field: card!.field, value: CARD });
  const wrong = await appliance.cli('dlp', 'evidence', card!.event_id, '--key', join(keys, 'public.pem'));
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no key') });
  await until(
    async () => (await dump(['audit_log'])).includes('dlp.evidence'),
    (told) => told,
  );
});

test('no table, no file of the data folder and no log holds a secret, although excerpts are kept', async () => {
  const tables = await dump(['http_flow', 'dlp_match', 'tool_seen', 'server_finding', 'audit_log', 'mcp_call', 'llm_call']);
  expect(tables).toContain('{redacted}');
  const files = readdirSync(join(appliance.dir, 'data'), { recursive: true, withFileTypes: true })
    // The shipped rules, whose samples hold the same made-up secrets, are kept there.
    .filter((entry) => entry.isFile() && !entry.name.startsWith('packs.sqlite'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(files.length).toBeGreaterThan(10);
  for (const secret of SECRETS) {
    expect(tables).not.toContain(secret);
    expect(appliance.log()).not.toContain(secret);
    expect(files.filter((text) => text.includes(secret))).toEqual([]);
  }
});

/** All rows, as text: files are compressed. */
async function dump(tables: readonly string[]): Promise<string> {
  const store = openStore(loadConfig({ file: join(appliance.dir, 'daylight.yaml'), env: {} }));
  try {
    const texts = tables.map(async (table) => {
      const result = await store.reader.query({ query: `SELECT * FROM ${table}`, format: 'JSONEachRow' });
      return result.text();
    });
    return (await Promise.all(texts)).join('\n');
  } finally {
    await store.close();
  }
}
