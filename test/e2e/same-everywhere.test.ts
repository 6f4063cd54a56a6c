// One session of a real client, with its user's token: the same events in ClickHouse, in CEF over TLS syslog and in OCSF.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Content, READ } from '../sinks/formats/event-content.ts';
import { type Appliance, run, startAppliance, until } from './appliance.ts';
import { openAuthority } from './receivers/authority.ts';
import { type SyslogReceiver, startSyslogStreamReceiver } from './receivers/syslog-receiver.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'daylight-same-'));
let appliance: Appliance;
let server: TestServer;
let syslog: SyslogReceiver;

beforeAll(async () => {
  const authority = await openAuthority(folder);
  const { cert, key } = await authority.certify('localhost');
  syslog = await startSyslogStreamReceiver({ cert, key });
  const quick = { ageMs: 50 };
  appliance = await startAppliance({
    config: {
      identity: { require: true },
      sinks: [
        {
          ...{ name: 'siem', type: 'syslog', host: 'localhost', port: syslog.port, ca: authority.caFile },
          ...{ format: 'cef', events: ['http_flow'], maxBytes: 65_536, batch: quick },
        },
        { name: 'lake', type: 'file', path: './out/lake.ndjson', format: 'ocsf', events: ['http_flow'], batch: quick },
      ],
    },
    rules: { 'local/modes.yml': 'default: log\nmodes:\n  - { traffic: shadow, mode: block }\n' },
  });
  server = await serveTls(appliance, 'tools.localhost', sessionServer('tools', { json: true }));
});

afterAll(async () => {
  server?.close();
  await appliance?.stop();
  await syslog?.close();
  rmSync(folder, { recursive: true });
});

/** A session of the SDK, on behalf of ana. */
async function session(): Promise<string> {
  const issued = await appliance.cli('tokens', 'proxy', 'issue', '--user', 'ana', '--groups', 'finance,all', '--json');
  const { proxy } = JSON.parse(issued.stdout) as { proxy: string };
  const { username, password } = new URL(proxy);
  const through = new URL(appliance.proxyUrl);
  Object.assign(through, { username, password });
  const { stdout, stderr } = await run(
    process.execPath,
    [join(import.meta.dirname, 'clients/mcp-clients.ts'), `sdk1=${server.origin}/mcp`],
    {
      env: {
        PATH: process.env.PATH,
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: through.href,
        NODE_EXTRA_CA_CERTS: appliance.caFile,
      },
    },
  );
  return stdout + stderr;
}

test('the same user, address, rule, outcome and times are in each', async () => {
  await session();
  await appliance.cli('servers', 'approve', `${server.origin}/mcp`, '--owner', 'it');
  await appliance.inForce();
  await session();

  const lake = join(appliance.dir, 'out/lake.ndjson');
  const byId = (all: Content[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const everywhere = async () => {
    const stored = await appliance.events((events) => events.some(({ mcp_tool }) => mcp_tool !== ''));
    const lines = existsSync(lake) ? readFileSync(lake, 'utf8').split('\n').filter(Boolean) : [];
    return {
      inStore: byId(stored.map((event) => READ.native!(JSON.stringify(event)))),
      inLake: byId(lines.map((line) => READ.ocsf!(line))),
      inSyslog: byId(syslog.messages.map(({ text }) => READ.cef!(text))),
    };
  };
  // What follows a session, such as the end of its streams, is stored a moment later.
  const idsOf = (all: Content[]) => all.map(({ id }) => id).join();
  const { inStore, inLake, inSyslog } = await until(
    everywhere,
    (now) => idsOf(now.inStore) === idsOf(now.inLake) && idsOf(now.inStore) === idsOf(now.inSyslog),
    20_000,
  );
  expect(syslog.errors).toEqual([]);
  expect(inLake).toEqual(inStore);
  expect(inSyslog).toEqual(inStore);
  const known = inStore.filter(({ user }) => user !== '');
  expect(new Set(known.map(({ user }) => user))).toEqual(new Set(['ana']));
  expect(known.every(({ groups }) => groups.join() === 'finance,all')).toBe(true);
  expect(known.map(({ what }) => what)).toEqual(expect.arrayContaining(['blocked', 'allowed']));
});
