// A real appliance for tests: `bin/daylight start --json` as a child, on free ports, in a folder of its own with a copy of the
// shipped rules and no local policy. Servers of tests get certificates of an authority that this appliance trusts.
//
// Every wait is bounded. The appliance ends with `stop()`, with this process (exit handler), and by itself when this process
// is killed (it watches the IPC channel).

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import { stringify } from 'yaml';
import { INSTALL_DIR } from '../../src/config.ts';
import { snapshotIdOf } from '../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { openCa } from '../../src/proxy/ca.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';
import type { StoredEvent } from '../../src/store/rows.ts';

export interface ApplianceOptions {
  /** Laid over the configuration of tests, key by key. */
  config?: Record<string, unknown>;
  /** Files of the rules folder to add or replace, e.g. `{ 'local/modes.yml': '...' }`. */
  rules?: Record<string, string>;
}

export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

export interface Appliance {
  proxyUrl: string;
  consoleUrl: string;
  /** PEM file of the CA that clients have to trust. */
  caFile: string;
  /** Holds `daylight.yaml`, `data`, `certs` and `rules`. */
  dir: string;
  rulesDir: string;
  /** Folder of the authority that the appliance trusts, with the certificates of test servers. */
  serversCaDir: string;
  /** Process id of the main process. */
  pid: number;
  /** A certificate for a host (and more names), from the authority that the appliance trusts. */
  contextFor(host: string, extraSans?: readonly string[]): Promise<SecureContext>;
  /** Runs `bin/daylight` with the configuration of this appliance. */
  cli(...args: string[]): Promise<Ran>;
  /** The stored events, newest first, as `events query --json` lists them; asked again until `holds` says yes. */
  events(holds: (events: StoredEvent[]) => boolean, options?: EventsOptions): Promise<StoredEvent[]>;
  /** Waits until every worker judges by the rules and the policy that the files hold now. */
  inForce(): Promise<void>;
  /** Process ids of the workers that have taken over a change of rules or policy, and live. */
  workers(): number[];
  /** The structured log, up to now. */
  log(): string;
  stop(): Promise<void>;
}

export interface EventsOptions {
  /** More options of `events query`, e.g. `['--traffic', 'shadow']`. */
  args?: readonly string[];
  /** Milliseconds until it is given up. */
  patience?: number;
}

const WORKERS = 2;
const START_MS = 45_000;
const STOP_MS = 20_000;
const COMMAND_MS = 40_000;
const EVENTS_MS = 40_000;

/** @throws Error with the end of the log if it does not start */
export async function startAppliance(options: ApplianceOptions = {}): Promise<Appliance> {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-e2e-'));
  const authority = await openCa({ dir: join(dir, 'servers-ca') });
  const issuer = createLeafIssuer(authority);
  writeRules(join(dir, 'rules'), options.rules ?? {});
  const configFile = join(dir, 'daylight.yaml');
  writeFileSync(configFile, stringify(merge(configuration(join(dir, 'servers-ca/ca.pem')), options.config ?? {})));

  const logFile = join(dir, 'daylight.log');
  const log = () => readFileSync(logFile, 'utf8');
  const logFd = openSync(logFile, 'a');
  const child = spawn(join(INSTALL_DIR, 'bin/daylight'), ['start', '--json', '--config', configFile], {
    stdio: ['ignore', 'pipe', logFd, 'ipc'],
    env: environment(),
  });
  closeSync(logFd);
  const killIt = () => void child.kill('SIGTERM');
  process.on('exit', killIt);

  async function stop(): Promise<void> {
    await end(child, STOP_MS, () => (child.connected ? child.disconnect() : child.kill('SIGTERM')));
    process.off('exit', killIt);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async function cli(...args: string[]): Promise<Ran> {
    return run(join(INSTALL_DIR, 'bin/daylight'), args, { env: { ...environment(), DAYLIGHT_CONFIG: configFile } });
  }

  let ready: { proxy: string; console: string; ca: string };
  try {
    ready = JSON.parse(await firstLine(child, START_MS, log)) as typeof ready;
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    proxyUrl: ready.proxy,
    consoleUrl: ready.console,
    caFile: ready.ca,
    dir,
    rulesDir: join(dir, 'rules'),
    serversCaDir: join(dir, 'servers-ca'),
    pid: child.pid ?? 0,
    contextFor: (host, extraSans = []) => issuer.secureContextFor({ host, extraSans }),
    cli,
    async events(holds, { args = [], patience = EVENTS_MS } = {}) {
      const giveUp = Date.now() + patience;
      for (;;) {
        const { stdout, stderr, code } = await cli('events', 'query', '--json', '--limit', '1000', ...args);
        if (code !== 0) throw new Error(`events query ended with status ${code}: ${stderr}`);
        const events = stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as StoredEvent);
        if (holds(events)) return events;
        if (Date.now() > giveUp) throw new Error(`the events did not become what was expected:\n${events.map(brief).join('\n')}`);
        await sleep(200);
      }
    },
    async inForce() {
      const wanted = snapshotIdOf(loadSnapshotSource(join(dir, 'rules')).source);
      const known = async () => [...snapshotsOf(log()).values()];
      await until(known, (workers) => workers.length >= WORKERS && workers.every((id) => id === wanted));
    },
    workers: () => [...snapshotsOf(log()).keys()],
    log,
    stop,
  };
}

/** Asks again until `holds`; @throws Error when `patience` milliseconds have passed. */
export async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean, patience = 30_000): Promise<T> {
  const giveUp = Date.now() + patience;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > giveUp) throw new Error(`still after ${patience} ms: ${JSON.stringify(value)}`);
    await sleep(50);
  }
}

/** Fails instead of waiting longer than `patience` milliseconds. */
export async function within<T>(what: string, promise: Promise<T>, patience = 30_000): Promise<T> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(patience, undefined, { signal: timer.signal }).then(() =>
        Promise.reject(new Error(`${what}: nothing after ${patience} ms`)),
      ),
    ]);
  } finally {
    timer.abort();
  }
}

/** Runs a program to its end, at most 20 s. Does not fail on a status other than 0. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { timeout: COMMAND_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024, env: options.env ?? process.env },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ stdout, stderr: code === -1 ? `${stderr}${error?.message ?? ''}` : stderr, code });
      },
    );
    // A program may end without reading.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Ends a child process: asks it to, and uses force after `patience` milliseconds. */
export async function end(
  child: ChildProcess,
  patience = 5_000,
  ask: () => void = () => void child.kill('SIGTERM'),
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  ask();
  const force = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(force);
}

function configuration(serversCa: string): Record<string, unknown> {
  return {
    data: './data',
    rules: './rules',
    certs: './certs',
    contact: 'security@example.com',
    proxy: {
      listen: '127.0.0.1:0',
      workers: WORKERS,
      timeouts: { drain: 500 },
      upstream: { ca: [serversCa], allowPrivate: ['127.0.0.0/8', '::1/128'] },
    },
    console: { listen: '127.0.0.1:0' },
    // Benign requests are usually only counted; tests look at them.
    store: { benign: 'full' },
  };
}

/** The shipped rules with an empty local policy, then what the test brings. */
function writeRules(rulesDir: string, files: Record<string, string>): void {
  cpSync(join(INSTALL_DIR, 'rules'), rulesDir, {
    recursive: true,
    filter: (file) => !/rules\/local\/(approved|modes|exceptions)\.yml$/.test(file),
  });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(rulesDir, name)), { recursive: true });
    writeFileSync(join(rulesDir, name), text);
  }
}

/** DAYLIGHT_* and proxy settings of the caller would interfere. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DAYLIGHT_|NODE_EXTRA_CA_CERTS$|.*_proxy$)/i.test(name)),
  );
}

function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isMapping(below) && isMapping(value) ? merge(below, value) : value;
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function firstLine(child: ChildProcess, patience: number, log: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const line = once(lines, 'line').then(([text]) => String(text));
  const early = once(child, 'exit').then(([status]) => {
    throw new Error(`the appliance ended with status ${status}:\n${log().slice(-4_000)}`);
  });
  early.catch(() => undefined);
  return within('the appliance did not start', Promise.race([line, early]), patience);
}

/** The snapshot that each worker judges by, as the log tells; those that never said are left out. */
function snapshotsOf(log: string): Map<number, string> {
  const ids = new Map<number, string>();
  for (const line of log.split('\n')) {
    if (!/rules and policy replaced|a proxy worker died/.test(line)) continue;
    const { worker, snapshot, pid } = JSON.parse(line) as { worker?: number; snapshot: string; pid: number };
    if (worker === undefined) ids.delete(pid);
    else ids.set(worker, snapshot);
  }
  return ids;
}

function brief(event: StoredEvent): string {
  const { http_method, url, status, traffic, disposition, mcp_generation, mcp_transport, mcp_method, error } = event;
  return [http_method, url, status, traffic, disposition, mcp_generation, mcp_transport, mcp_method, error].join(' ');
}
