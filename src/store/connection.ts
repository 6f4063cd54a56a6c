// Where ClickHouse is and who may do what there. The embedded engine's connection is published in the data folder, so
// that other commands of this machine's owner find it.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { isProcessLive, processIdentity } from './process-identity.ts';

export interface Credentials {
  username: string;
  password: string;
}

export interface StoreConnection {
  url: string;
  database: string;
  /** The engine in the data folder, rather than a server of the operator's. */
  embedded: boolean;
  writer: Credentials;
  reader: Credentials;
}

/** The connection to a ClickHouse URL. Credentials inside the URL are taken out of it. */
export function connectionTo(server: Exclude<Config['clickhouse'], 'embedded'>): StoreConnection {
  const url = new URL(server.url);
  const user = {
    username: url.username ? decodeURIComponent(url.username) : server.username,
    password: url.password ? decodeURIComponent(url.password) : server.password,
  };
  url.username = '';
  url.password = '';
  return { url: url.href, database: server.database, embedded: false, writer: user, reader: server.reader ?? user };
}

export function writeConnection(dataDir: string, connection: StoreConnection): void {
  const { url, database, embedded, writer, reader } = connection;
  const text = JSON.stringify({ url, database, embedded, writer, reader, owner: processIdentity('daylight') });
  const file = fileOf(dataDir);
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeConnection(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/**
 * The connection to the engine that an appliance runs in `dataDir`.
 *
 * @throws DaylightError ERR_NOT_RUNNING if none does.
 */
export function readConnection(dataDir: string): StoreConnection {
  const file = fileOf(dataDir);
  let found: StoreConnection & { owner: string };
  try {
    found = JSON.parse(readFileSync(file, 'utf8')) as typeof found;
  } catch (cause) {
    throw notRunning(dataDir, cause);
  }
  if (!isProcessLive(found.owner)) throw notRunning(dataDir);
  return found;
}

function notRunning(dataDir: string, cause?: unknown): DaylightError {
  const message = `no appliance is running on ${resolve(dataDir)}. Start it with \`bin/daylight start --data ${dataDir}\`, or name its folder with --data`;
  return new DaylightError('ERR_NOT_RUNNING', message, { cause });
}

const fileOf = (dataDir: string) => join(dataDir, 'clickhouse', 'connection.json');
