// A real appliance that can be killed and started again on the same data folder and port, as a service manager would.
//
// Its processes are found from outside: whatever has the configuration file in its environment or the folder in its command
// line belongs to it, also when its parent is gone. Every wait is bounded; `destroy` kills by process id what is left.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SecureContext } from 'node:tls';
import { stringify } from 'yaml';
import { INSTALL_DIR } from '../../../src/config.ts';
import { openCa } from '../../../src/proxy/ca.ts';
import { createLeafIssuer } from '../../../src/proxy/leaf.ts';
import { openStore, type Store } from '../../../src/store/connect.ts';
import { until, within } from '../appliance.ts';

export interface ServiceOptions {
  /** Where the data folder is; inside a folder of its own unless told. */
  data?: string;
  clickhouse?: { url: string; username: string; password: string };
}

export interface ServiceProcess {
  pid: number;
  parent: number;
  role: 'main' | 'worker' | 'engine' | 'other';
}

export interface Service {
  dir: string;
  dataDir: string;
  spoolDir: string;
  proxyUrl: string;
  consoleUrl: string;
  caFile: string;
  /** A certificate from the authority that the appliance trusts. */
  contextFor(host: string): Promise<SecureContext>;
  /** Starts the main process and waits until it serves and ClickHouse answers. */
  start(): Promise<void>;
  /** Starts the main process. Resolves with `start`'s end, or fails with its failure. */
  launch(): { ready: Promise<void> };
  /** `kill -9` of the main process, and nothing else. */
  killMain(): Promise<void>;
  /** SIGTERM, or another signal, to the main process. @returns its exit status, -1 if a signal ended it */
  end(patience?: number): Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** Everything that runs for this appliance, orphans too. */
  processes(): ServiceProcess[];
  workers(): number[];
  /** The engine, once it answers. */
  engine(): Promise<number>;
  /** Waits until no event waits on disk any more. */
  drained(patience?: number): Promise<void>;
  /** A reader of the stored events. Close it. */
  store(): Store;
  log(): string;
  /** Kills what is left and removes the folder. */
  destroy(): Promise<void>;
}

export const WORKERS = 2;
const START_MS = 40_000;
const END_MS = 30_000;
const ENGINE_MS = 40_000;

/** Processes are looked up in /proc. */
export const canFindProcesses = existsSync('/proc/self/environ');

/** Prepares the folder; nothing runs before `start`. */
export async function createService(options: ServiceOptions = {}): Promise<Service> {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-crash-'));
  const dataDir = options.data ?? join(dir, 'data');
  const issuer = createLeafIssuer(await openCa({ dir: join(dir, 'servers-ca') }));
  cpSync(join(INSTALL_DIR, 'rules'), join(dir, 'rules'), {
    recursive: true,
    filter: (file) => !/rules\/local\/(approved|modes|exceptions)\.yml$/.test(file),
  });
  const [proxyPort, consolePort] = [await fixedPort(), await fixedPort()];
  const configFile = join(dir, 'daylight.yaml');
  const config = {
    ...{ data: dataDir, rules: './rules', certs: './certs', store: { benign: 'full' } },
    clickhouse: options.clickhouse ?? 'embedded',
    proxy: {
      listen: `127.0.0.1:${proxyPort}`,
      workers: WORKERS,
      timeouts: { drain: 3_000 },
      upstream: { ca: [join(dir, 'servers-ca/ca.pem')], allowPrivate: ['127.0.0.0/8', '::1/128'] },
    },
    console: { listen: `127.0.0.1:${consolePort}` },
  };
  writeFileSync(configFile, stringify(config));
  const logFile = join(dir, 'daylight.log');
  const env = { PATH: process.env.PATH ?? '', HOME: dir, DAYLIGHT_CONFIG: configFile };
  let main: ChildProcess | undefined;

  const log = () => readFileSync(logFile, 'utf8');
  const processes = () => processesOf(configFile, dataDir);

  function launch(): { ready: Promise<void> } {
    const logFd = openSync(logFile, 'a');
    // Over the IPC channel it notices when the test itself is killed.
    const child = spawn(join(INSTALL_DIR, 'bin/daylight'), ['start', '--json'], { stdio: ['ignore', 'pipe', logFd, 'ipc'], env });
    closeSync(logFd);
    main = child;
    const line = once(createInterface({ input: child.stdout! }), 'line');
    const early = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the appliance ended (${signal ?? code}) before it served:\n${log().slice(-4_000)}`);
    });
    const ready = within('the appliance did not start', Promise.race([line, early]), START_MS).then(() => undefined);
    // Whoever only launches need not look at these.
    for (const promise of [line, early, ready]) promise.catch(() => undefined);
    return { ready };
  }

  async function gone(child: ChildProcess, patience: number): Promise<number> {
    if (child.exitCode === null && child.signalCode === null) {
      await within(`the main process ${child.pid} did not end`, once(child, 'exit'), patience);
    }
    return child.exitCode ?? -1;
  }

  function running(): ChildProcess {
    if (!main) throw new Error('the appliance has not been started');
    return main;
  }

  return {
    ...{ dir, dataDir, launch, processes, log },
    start: () => launch().ready,
    spoolDir: join(dataDir, 'spool'),
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    consoleUrl: `http://127.0.0.1:${consolePort}`,
    caFile: join(dir, 'certs/ca.pem'),
    contextFor: (host) => issuer.secureContextFor({ host }),
    async killMain() {
      const child = running();
      child.kill('SIGKILL');
      await gone(child, 5_000);
    },
    async end(patience = END_MS) {
      const child = running();
      child.kill('SIGTERM');
      return gone(child, patience);
    },
    signal: (name) => void running().kill(name),
    workers: () =>
      processes()
        .filter(({ role, parent }) => role === 'worker' && parent === main?.pid)
        .map(({ pid }) => pid)
        .sort((a, b) => a - b),
    async engine() {
      const found = async () => {
        const engines = processes().filter(({ role, parent }) => role === 'engine' && parent === main?.pid);
        return engines.length === 1 && (await answers(dataDir)) ? (engines[0]?.pid ?? 0) : 0;
      };
      return until(found, (pid) => pid > 0, ENGINE_MS);
    },
    async drained(patience = 30_000) {
      await until(
        async () => segmentsIn(join(dataDir, 'spool')),
        (files) => files.length === 0,
        patience,
      );
    },
    store: () => openStore({ data: dataDir, clickhouse: 'embedded' }),
    async destroy() {
      for (const { pid } of canFindProcesses ? processes() : []) kill(pid);
      if (main) {
        main.kill('SIGKILL');
        await gone(main, 5_000);
      }
      // Workers and the engine are nobody's children any more: wait until the kernel has taken them away.
      await until(
        async () => processes().length,
        (left) => left === 0,
      ).catch(() => undefined);
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** `kill -9`; a process that has gone meanwhile is as good. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function segmentsIn(spoolDir: string): string[] {
  return readdirSync(spoolDir).filter((file) => /\.(open|ndjson)$/.test(file));
}

function processesOf(configFile: string, dataDir: string): ServiceProcess[] {
  const found: ServiceProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
    if (!command.includes(`${dataDir}/`) && !read(`/proc/${name}/environ`).includes(`DAYLIGHT_CONFIG=${configFile}\0`)) continue;
    const stat = read(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const role = /app\/worker\.ts/.test(command)
      ? 'worker'
      : /embedded-host\.ts/.test(command)
        ? 'engine'
        : /main\.ts start/.test(command)
          ? 'main'
          : 'other';
    found.push({ pid: Number(name), parent, role });
  }
  return found;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the engine that the appliance published answers pings. On a connection of its own: an idle one delays its end. */
function answers(dataDir: string): Promise<boolean> {
  let url = '';
  try {
    ({ url } = JSON.parse(readFileSync(join(dataDir, 'clickhouse/connection.json'), 'utf8')) as { url: string });
  } catch {
    return Promise.resolve(false);
  }
  return new Promise((resolve) => {
    const ping = get(`${url}/ping`, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
  });
}

let nextPort = 20_000 + (process.pid % 120) * 100;

/**
 * A free port below those that the kernel gives to outgoing connections: nobody takes it while the appliance is down. Test files
 * that run side by side are processes of their own and count from different numbers, so that none takes another's.
 */
async function fixedPort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = nextPort++;
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error(`no free port in the 50 before ${nextPort}`);
}
