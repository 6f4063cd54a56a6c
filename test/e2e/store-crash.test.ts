// The promise of the store: kill -9 of a worker, of the main process and of the engine, at any moment under load, loses no
// acknowledged event and stores none twice.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/connect.ts';

const KILLS = { worker: 8, main: 6, engine: 6 } as const;
const WORKERS = 2;

const script = (name: string) => fileURLToPath(new URL(`../store/crash/${name}.ts`, import.meta.url));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let dataDir = '';
const children = new Set<ChildProcess>();
let output: string[] = [];

afterEach(async () => {
  await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
  // The engine of a killed main process ends by itself; the folder is only free afterwards.
  for (let left = 1; left > 0; ) {
    left = await rm(dataDir, { recursive: true, force: true }).then(
      () => 0,
      () => 1,
    );
    await sleep(50);
  }
});

function start(name: string, args: string[], onLine: (line: string) => void): ChildProcess {
  const child = spawn(process.execPath, [script(name), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', (line) => output.push(`${name}: ${line}`));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('20 kills under load: every acknowledged event is in ClickHouse exactly once', { timeout: 240_000 }, async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'daylight-crash-'));
  output = [];
  const acknowledged = new Set<string>();
  let engine = 0;
  let idle = false;

  // Only whole lines count: readline gives the torn last line of a killed worker too, but no torn id is 36 long.
  const startWorker = () => start('producer', [join(dataDir, 'spool')], (id) => id.length === 36 && acknowledged.add(id));
  const startMain = () =>
    start('appliance', [dataDir], (line) => {
      if (line === 'idle') idle = true;
      else engine = Number(line.split(' ')[1]);
    });

  let main = startMain();
  const workers = Array.from({ length: WORKERS }, startWorker);
  const plan = Object.entries(KILLS).flatMap(([target, times]) => Array.from({ length: times }, () => target));
  plan.sort(() => Math.random() - 0.5);

  for (const target of plan) {
    await until(() => engine > 0);
    await sleep(Math.random() * 300);
    if (target === 'worker') {
      const index = Math.floor(Math.random() * WORKERS);
      await end(workers[index]!, 'SIGKILL');
      workers[index] = startWorker();
    } else if (target === 'main') {
      engine = 0;
      await end(main, 'SIGKILL');
      main = startMain();
    } else {
      const pid = engine;
      engine = 0;
      process.kill(pid, 'SIGKILL');
    }
  }
  await until(() => engine > 0);
  await Promise.all(workers.map((worker) => end(worker, 'SIGTERM')));
  main.stdin?.write('drain\n');
  await until(() => idle);

  const store = openStore({ data: dataDir, clickhouse: 'embedded' });
  const stored = await idsIn(store);
  const inventory = await rowsOf<{ flows: string; counted: string }>(
    store,
    "SELECT (SELECT count() FROM http_flow WHERE traffic != 'none') AS flows, (SELECT sum(n) FROM server_inventory) AS counted",
  );
  await store.close();
  main.stdin?.end();
  await new Promise((resolve) => main.once('exit', resolve));

  const lost = [...acknowledged].filter((id) => !stored.has(id));
  const twice = [...stored].filter(([, times]) => times !== 1);
  const left = (await readdir(join(dataDir, 'spool'))).filter((file) => file !== 'installation');
  expect({ lost, twice, left }, output.slice(-40).join('\n')).toEqual({ lost: [], twice: [], left: [] });
  // The view is filled by the same insert but in no transaction with it: an engine killed in between leaves its counters off by
  // that insert (docs/explain/storage.md). The events themselves are exact.
  const flows = Number(inventory[0]?.flows);
  expect(Math.abs(Number(inventory[0]?.counted) - flows)).toBeLessThanOrEqual(flows * 0.05);
  expect(acknowledged.size).toBeGreaterThan(1_000);
});

async function idsIn(store: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const query = `SELECT toString(event_id) AS id, count() AS n FROM (
    SELECT event_id FROM http_flow UNION ALL SELECT event_id FROM audit_log) GROUP BY id`;
  for (const row of await rowsOf<{ id: string; n: string }>(store, query)) found.set(row.id, Number(row.n));
  return found;
}

async function rowsOf<T>(store: Store, query: string): Promise<T[]> {
  return (await store.reader.query({ query, format: 'JSONEachRow' })).json<T>();
}
