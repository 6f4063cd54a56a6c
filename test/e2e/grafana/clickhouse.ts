// The engine with the configuration and the users of docker-compose.yml, instead of those that Daylight makes for itself.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { findEngineLibrary } from '../../../src/store/engine-library.ts';
import { exitOf, freePort, untilAnswers } from '../../../src/store/engine-process.ts';

const HOST = fileURLToPath(new URL('../../../src/store/embedded-host.ts', import.meta.url));
const OURS = new URL('../../../docker/clickhouse/', import.meta.url);

/** As Docker Compose hands them over. ClickHouse reads what it takes from the environment as XML, so they have no < or &. */
export const PASSWORDS = {
  DAYLIGHT_CLICKHOUSE_PASSWORD: 'writer-secret',
  GRAFANA_CLICKHOUSE_PASSWORD: 'reader-secret',
};

/** The engine logs itself in as `default`, which a server does not. All that user may do is start the listener. */
const DEFAULT_USER = `<users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants>
    </default>`;

export interface ComposedClickHouse {
  folder: string;
  as(username: string, password?: string): ClickHouseClient;
  stop(): Promise<void>;
}

export async function startComposedClickHouse(): Promise<ComposedClickHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'daylight-grafana-'));
  const users = join(folder, 'users.xml');
  const config = join(folder, 'config.xml');
  writeFileSync(users, readFileSync(new URL('users.xml', OURS), 'utf8').replace('<users>', DEFAULT_USER));
  writeFileSync(
    config,
    `<clickhouse><users_config>${users}</users_config><max_server_memory_usage>1000000000</max_server_memory_usage></clickhouse>`,
  );
  mkdirSync(join(folder, 'config.d'));
  copyFileSync(new URL('config.xml', OURS), join(folder, 'config.d', 'daylight.xml'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [HOST, findEngineLibrary(), folder, String(port), config], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, LANG: 'C.UTF-8', ...PASSWORDS },
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)));
  const gone = exitOf(child);
  const daylight = { username: 'daylight', password: PASSWORDS.DAYLIGHT_CLICKHOUSE_PASSWORD };
  child.stdin.write(`${JSON.stringify({ url, ...daylight })}\n`);
  if (!(await untilAnswers({ url, writer: daylight }, gone))) throw new Error(`the engine did not start: ${output.join('')}`);

  const clients: ClickHouseClient[] = [];
  return {
    folder,
    as(username, password = username === 'daylight' ? daylight.password : PASSWORDS.GRAFANA_CLICKHOUSE_PASSWORD) {
      const database = username === 'grafana' ? 'daylight' : 'default';
      const client = createClient({ url, username, password, database, log: { level: ClickHouseLogLevel.OFF } });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) await client.close();
      child.stdin.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
