// Runs ClickHouse as a child process on a free loopback port, with fresh passwords, and keeps it running.
//
// Order: find the engine, claim the folder, get rid of the engine that a killed predecessor left, write the configuration,
// start, wait for an answer, publish the connection. A child that dies is started again after 0.2 to 30 s, on the same
// port and with the same passwords, so clients need not notice.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { removeConnection, type StoreConnection, writeConnection } from './connection.ts';
import { engineConfigXml, engineUsersXml } from './engine-config.ts';
import { findEngineLibrary } from './engine-library.ts';
import {
  type EngineProcess,
  endOrphan,
  exitOf,
  freePort,
  launchEngine,
  pidFile,
  STOP_MS,
  untilAnswers,
} from './engine-process.ts';
import { claimFolder } from './folder-claim.ts';

export interface EmbeddedOptions {
  /** The appliance's data folder; the engine gets `<dataDir>/clickhouse`. */
  dataDir: string;
  log: Pick<Log, 'debug' | 'info' | 'warn' | 'error'>;
  database?: string;
  /** Called when the engine answers again after it died, or answers at last after `ready` was rejected. */
  onRestart?: (connection: StoreConnection) => void;
}

export interface Embedded extends StoreConnection {
  /** Resolves at the first answer; rejects (ERR_STORE) after three failed starts, but the engine is tried on. */
  ready: Promise<void>;
  /** Process id of the engine, undefined while there is none. */
  enginePid(): number | undefined;
  /** Shuts the engine down in order. Close its clients first: it waits up to 5 s for open connections. */
  stop(): Promise<void>;
}

const GIVE_UP_AFTER = 3;
const LAST_BACKOFF_MS = 30_000;
/**
 * Starts the embedded engine. Returns as soon as it is being started; wait for `ready` before using it.
 *
 * @throws DaylightError ERR_ENGINE_MISSING, or ERR_STORE if another appliance uses the folder.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { log, database = 'daylight' } = options;
  const library = findEngineLibrary();
  const folder = resolve(options.dataDir, 'clickhouse');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = claimFolder(folder);
  try {
    await endOrphan(folder, log);
    const connection: StoreConnection = {
      url: `http://127.0.0.1:${await freePort()}`,
      database,
      embedded: true,
      writer: { username: 'writer', password: randomBytes(24).toString('hex') },
      reader: { username: 'reader', password: randomBytes(24).toString('hex') },
    };
    const configFile = writeConfiguration(folder, connection);
    return supervise({ ...options, connection, folder, library, configFile, release });
  } catch (error) {
    release();
    throw error;
  }
}

interface Supervised extends EmbeddedOptions, EngineProcess {
  log: EmbeddedOptions['log'];
  release: () => void;
}

function supervise(options: Supervised): Embedded {
  const { connection, folder, log, release } = options;
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  let child: ChildProcess | undefined;
  let stopping = false;
  let wasReady = false;
  let gaveUp = false;
  let failures = 0;
  let backoff: { timer: NodeJS.Timeout; end: () => void } | undefined;

  async function keepRunning(): Promise<void> {
    while (!stopping) {
      const tail: string[] = [];
      child = launchEngine(options, tail);
      const gone = exitOf(child);
      const answered = await untilAnswers(connection, gone);
      if (answered && !stopping) {
        failures = 0;
        writeConnection(options.dataDir, connection);
        if (wasReady || gaveUp) options.onRestart?.(connection);
        wasReady = true;
        ready.resolve();
        log.info({ url: connection.url, engine: child.pid }, 'ClickHouse is ready');
      } else if (!stopping) {
        // A child that neither answers nor ends is of no use.
        child.kill('SIGKILL');
      }
      const how = await gone;
      child = undefined;
      if (stopping) break;
      failures++;
      const message = `the embedded ClickHouse ended (${how}): ${tail.at(-1) ?? 'no output'}`;
      log.error({ output: tail.slice(-20) }, `${message}. Starting it again; events wait in the spool`);
      if (failures >= GIVE_UP_AFTER && !wasReady) {
        gaveUp = true;
        ready.reject(new DaylightError('ERR_STORE', `${message}. See the log, and ${folder}`));
      }
      if (!wasReady) moveTo(await freePort());
      await sleep(Math.min(LAST_BACKOFF_MS, 200 * 2 ** Math.min(failures - 1, 10)));
    }
  }

  /** Another port, for when somebody else got ours first. Clients hold the connection object, not the port. */
  function moveTo(port: number): void {
    connection.url = `http://127.0.0.1:${port}`;
  }

  async function sleep(ms: number): Promise<void> {
    if (stopping) return;
    await new Promise<void>((end) => {
      backoff = { timer: setTimeout(end, ms), end };
    });
  }

  const running = keepRunning().catch((error: unknown) => {
    log.error({ err: error }, 'the embedded ClickHouse is not supervised any longer');
    ready.reject(error);
  });

  return Object.assign(connection, {
    ready: ready.promise,
    enginePid: () => child?.pid,
    async stop() {
      stopping = true;
      if (backoff) {
        clearTimeout(backoff.timer);
        backoff.end();
      }
      ready.reject(new DaylightError('ERR_STORE', 'the embedded ClickHouse was stopped'));
      child?.stdin?.end();
      const force = setTimeout(() => child?.kill('SIGKILL'), STOP_MS);
      await running;
      clearTimeout(force);
      removeConnection(options.dataDir);
      rmSync(pidFile(folder), { force: true });
      release();
    },
  });
}

function writeConfiguration(folder: string, connection: StoreConnection): string {
  const usersFile = join(folder, 'users.xml');
  const configFile = join(folder, 'config.xml');
  const memoryBytes = Math.round(Math.min(1_000_000_000, totalmem() / 2));
  for (const [file, text] of [
    [usersFile, engineUsersXml(connection, connection.database)],
    [configFile, engineConfigXml({ usersFile, memoryBytes })],
  ] as const) {
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600 });
  }
  return configFile;
}
