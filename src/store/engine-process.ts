// The child process that is the engine: starting it, knowing that it answers, and ending one that a killed appliance left.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { StoreConnection } from './connection.ts';
import { isProcessLive, pidOf, processIdentity } from './process-identity.ts';

export interface EngineProcess {
  connection: StoreConnection;
  /** The engine's own folder. */
  folder: string;
  library: string;
  configFile: string;
  log: Pick<Log, 'debug' | 'warn'>;
}

const START_MS = 30_000;
/** An engine ends by itself within 2 s of losing its parent; this is for a loaded machine. */
const ORPHAN_MS = 5_000;
export const STOP_MS = 10_000;

/** Starts the engine; its last lines of output are kept in `tail`. It ends when its stdin does. */
export function launchEngine({ connection, folder, library, configFile, log }: EngineProcess, tail: string[]): ChildProcess {
  const host = fileURLToPath(new URL('./embedded-host.ts', import.meta.url));
  const child = spawn(process.execPath, [host, library, folder, new URL(connection.url).port, configFile], {
    // Away from the terminal's Ctrl-C: the engine goes last. Without our environment: no proxy settings, no secrets.
    detached: true,
    env: { PATH: process.env.PATH ?? '', HOME: folder, LANG: 'C.UTF-8' },
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.on('error', (error) => tail.push(error.message));
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify({ url: connection.url, ...connection.writer })}\n`);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line.slice(0, 500));
      if (tail.length > 50) tail.shift();
      log.debug({ line }, 'ClickHouse');
    });
  }
  if (child.pid) writeFileSync(pidFile(folder), processIdentity('engine', child.pid), { mode: 0o600 });
  return child;
}

export const pidFile = (folder: string): string => join(folder, 'engine.pid');

/** How a child ended. */
export function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    child.once('exit', (code, signal) => done(signal ?? `status ${code}`));
    child.once('error', (error) => done(error.message));
  });
}

/** True once the engine answers, false if it ends first or takes too long. */
export async function untilAnswers(connection: Pick<StoreConnection, 'url' | 'writer'>, gone: Promise<string>): Promise<boolean> {
  let ended = false;
  void gone.then(() => {
    ended = true;
  });
  for (const deadline = Date.now() + START_MS; !ended && Date.now() < deadline; ) {
    if (await answers(connection)) return true;
    await new Promise((next) => setTimeout(next, 25));
  }
  return false;
}

/**
 * One query on a connection of its own: an idle one would make the engine wait 5 s for it when it stops. It takes our password to
 * answer it, so another engine, which got the port first, is not taken for ours.
 */
function answers({ url, writer }: Pick<StoreConnection, 'url' | 'writer'>): Promise<boolean> {
  return new Promise((done) => {
    const headers = { 'X-ClickHouse-User': writer.username, 'X-ClickHouse-Key': writer.password };
    const ping = get(`${url}/?query=SELECT%201`, { agent: false, timeout: 1_000, headers }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => done(false));
  });
}

/**
 * Waits for the engine of an earlier run, then ends it. Its identity is checked, not its number alone.
 *
 * @throws DaylightError ERR_STORE if it cannot be ended.
 */
export async function endOrphan(folder: string, log: EngineProcess['log']): Promise<void> {
  const identity = readOr(pidFile(folder), '');
  const until = async (ms: number) => {
    for (const deadline = Date.now() + ms; isProcessLive(identity) && Date.now() < deadline; ) {
      await new Promise((next) => setTimeout(next, 25));
    }
    return !isProcessLive(identity);
  };
  if (await until(ORPHAN_MS)) return;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    log.warn({ engine: pidOf(identity) }, `an engine of an earlier run still holds the data folder: sending ${signal}`);
    try {
      process.kill(pidOf(identity), signal);
    } catch (error) {
      // It went meanwhile, or it is not ours to end.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') break;
    }
    if (await until(STOP_MS)) return;
  }
  throw new DaylightError(
    'ERR_STORE',
    `the ClickHouse engine ${pidOf(identity)} of an earlier run cannot be ended; end it by hand`,
  );
}

/** A loopback port that nobody has at the moment. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return fallback;
  }
}
