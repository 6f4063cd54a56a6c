// What a running appliance does when something around it fails or is changed under load: a full disk, a ClickHouse that is out
// of reach, a main process that is gone, SIGTERM, SIGHUP. In all of them the proxy serves on as far as it can, and what the
// spool acknowledged is stored exactly once in the end.

import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectStore } from '../../../src/store/connect.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { until } from '../appliance.ts';
import { openTls, requestHttp1 } from '../clients/tunnel.ts';
import { serveTls, type TestServer } from '../servers/tls-server.ts';
import { acknowledgedIds } from './acknowledged.ts';
import { answerLoad, idInTarget, type Load, startLoad } from './load.ts';
import { relayTo } from './relay.ts';
import { canFindProcesses, createService, kill, type Service, type ServiceOptions, segmentsIn, WORKERS } from './service.ts';
import { watchSpool } from './spool-watch.ts';
import { readStored, type Stored } from './stored.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const MIB = 1024 * 1024;
/** Several starts of an appliance and of an engine, on a machine that has other things to do. */
const timeout = 120_000;

/** Undone after each test, last first, also when it failed. */
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Setting {
  service: Service;
  server: TestServer;
  authority: string;
  startLoad(): Load;
}

async function prepare(options: ServiceOptions = {}, listener = answerLoad): Promise<Setting> {
  const service = await createService(options);
  ends.push(() => service.destroy());
  const server = await serveTls(service, 'outage.localhost', listener);
  server.server.keepAliveTimeout = 0;
  ends.push(() => server.close());
  const authority = new URL(server.origin).host;
  return {
    ...{ service, server, authority },
    startLoad() {
      const load = startLoad({ proxyUrl: service.proxyUrl, ca: readFileSync(service.caFile), authority, connections: 6 });
      ends.push(() => load.stop());
      return load;
    },
  };
}

/** All of `ids` are stored, once; and nothing else is stored twice. */
function expectStored(ids: Iterable<string>, stored: Stored, load: Load): void {
  const lost = [...ids].filter((id) => !stored.times.has(id));
  const twice = [...stored.times].filter(([, times]) => times !== 1);
  expect({ lost, twice, refused: load.refused }).toEqual({ lost: [], twice: [], refused: [] });
  expect(stored.events).toBe(stored.rows);
  expect(stored.counted).toBe(stored.detections);
  expect(stored.times.size).toBeGreaterThan(100);
}

describe.runIf(canFindProcesses)('a main process that is killed (needs /proc)', () => {
  test('its workers finish what is open, make it safe and end by themselves, and so does the engine', { timeout }, async () => {
    const half = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    const { service, authority } = await prepare({}, async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '20' }).write('first half');
      half.resolve();
      await rest.promise;
      response.end('the second');
    });
    await service.start();
    const socket = await openTls(service.proxyUrl, authority, { ca: readFileSync(service.caFile) });
    const answer = requestHttp1(socket, authority, { path: '/c0-r1' });
    await half.promise;
    await service.killMain();
    rest.resolve();
    expect((await answer).body).toBe('first halfthe second');
    await until(
      async () => service.processes(),
      (left) => left.length === 0,
      15_000,
    );

    await service.start();
    await service.drained();
    expect((await readStored(service)).times.get('c0-r1')).toBe(1);
    expect(await service.end()).toBe(0);
    expect(service.processes()).toEqual([]);
  });
});

test('SIGTERM under load: what reached a server is answered and stored, the exit status is 0, nothing is left', {
  timeout,
}, async () => {
  const { service, server, startLoad } = await prepare();
  await service.start();
  const load = startLoad();
  for (let round = 0; round < 20; round++) await load.answeredAgain();
  expect(await service.end(20_000)).toBe(0);
  await load.stop();
  if (canFindProcesses) expect(service.processes()).toEqual([]);
  expect(segmentsIn(service.spoolDir)).toEqual([]);

  const unanswered = load.connections.map((connection) => connection.unanswered).filter(Boolean);
  const reached = new Set(server.requests.map(idInTarget));
  expect(unanswered.filter((id) => reached.has(id))).toEqual([]);
  await service.start();
  expectStored(load.answered(), await readStored(service), load);
  expect(await service.end()).toBe(0);
});

test('SIGHUP under load: every change is in force, no connection breaks, nothing is lost', { timeout }, async () => {
  const { service, startLoad } = await prepare();
  await service.start();
  const load = startLoad();
  const replaced = () => service.log().split('"rules and policy replaced"').length - 1;
  for (let round = 1; round <= 6; round++) {
    await load.answeredAgain();
    const modes = round % 2 === 0 ? '[]' : '[{ traffic: suspect, mode: off }]';
    writeFileSync(join(service.dir, 'rules/local/modes.yml'), `default: log\nmodes: ${modes}\n`);
    service.signal('SIGHUP');
    await until(
      async () => replaced(),
      (count) => count >= round * WORKERS,
      15_000,
    );
  }
  await load.answeredAgain();
  await load.stop();
  expect(load.broken()).toEqual([]);
  expect(await service.end()).toBe(0);
  await service.start();
  await service.drained();
  expectStored(load.answered(), await readStored(service), load);
  expect(await service.end()).toBe(0);
});

test('ClickHouse out of reach: the proxy serves, the spool grows, and drains when it comes up, and again after a cut', {
  timeout,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-remote-'));
  ends.push(() => rmSync(dir, { recursive: true, force: true }));
  const engine = await startEmbedded({ dataDir: dir, log: silent });
  ends.push(() => engine.stop());
  await engine.ready;
  const relay = relayTo(Number(new URL(engine.url).port));
  ends.push(() => relay.close());
  const url = `http://127.0.0.1:${await relay.reserve()}`;
  const { service, startLoad } = await prepare({ clickhouse: { url, ...engine.writer } });

  service.launch();
  await until(async () => existsSync(service.caFile), Boolean, 20_000);
  const load = startLoad();
  await load.answeredAgain(40_000);
  await until(async () => existsSync(service.spoolDir), Boolean);
  const watch = watchSpool(service.spoolDir);
  ends.push(() => watch.stop());
  await until(
    async () => watch.written.size,
    (count) => count > 100,
  );
  expect(segmentsIn(service.spoolDir).length).toBeGreaterThan(0);
  expect(service.log()).toContain('the event tables are not ready; events wait in the spool');
  // The console comes up after the first worker.
  const readiness = () => fetch(`${service.consoleUrl}/readyz`).catch(() => undefined);
  const degraded = async () =>
    ((await (await readiness())?.json().catch(() => undefined)) as { degraded?: string[] } | undefined)?.degraded;
  await until(degraded, (what) => what?.includes('clickhouse: it does not answer') ?? false, 20_000);

  await relay.open();
  const waited = [...watch.written.keys()];
  const ask = () => readStored({ store: () => connectStore(engine) }).catch(() => undefined);
  const hasAll = (stored: Stored | undefined, ids: readonly string[]) => ids.every((id) => stored?.times.has(id));
  await until(ask, (stored) => hasAll(stored, waited), 40_000);

  relay.close();
  await load.answeredAgain();
  const meanwhile = [...watch.written.keys()];
  await relay.open();
  await until(ask, (stored) => hasAll(stored, meanwhile), 40_000);
  await load.stop();
  expect(load.broken()).toEqual([]);
  expect(await service.end()).toBe(0);
  const stored = await readStored({ store: () => connectStore(engine) });
  expectStored([...load.answered(), ...watch.written.keys()], stored, load);
});

test.runIf(canMount())(
  'a full disk: the proxy serves, also with a new worker, says so, and loses nothing (needs mount)',
  { timeout },
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'daylight-full-'));
    ends.push(() => rmSync(data, { recursive: true, force: true }));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', data]);
    ends.push(() => execFileSync('umount', ['-l', data]));
    const { service, startLoad } = await prepare({ data });
    await service.start();
    const load = startLoad();
    await load.answeredAgain();

    const ballast = join(data, 'ballast');
    // What the drain delivers makes room again, until the disk is too full for ClickHouse too.
    const refused = async () => {
      fill(ballast);
      return /ENOSPC: no space left.*events cannot be written to the spool/.test(service.log());
    };
    await until(refused, Boolean, 20_000);
    const old = service.workers();
    expect(old).toHaveLength(WORKERS);
    for (const pid of old) {
      await load.answeredAgain();
      kill(pid);
    }
    // Nobody is left who started when there was room; what is answered from now on is in memory that lasts.
    const before = load.connections.length;
    await load.answeredAgain();
    fill(ballast);
    await until(
      async () => service.workers(),
      (pids) => pids.length === WORKERS,
      20_000,
    );
    for (let round = 0; round < 20; round++) await load.answeredAgain();

    rmSync(ballast);
    await load.answeredAgain();
    await load.stop();
    expect(await service.end()).toBe(0);
    await service.start();
    await service.drained(60_000);
    // Lines read from the spool prove nothing here: what does not fit whole is cut off again, and was never acknowledged.
    const stored = await readStored(service);
    const acknowledged = acknowledgedIds(load.connections, [], new Set(stored.times.keys()));
    const later = load.connections.filter(({ number }) => number >= before).flatMap(({ answered }) => answered);
    expectStored([...acknowledged, ...later], stored, load);
    expect(await service.end()).toBe(0);
  },
);

/** Takes all the space that is left. */
function fill(file: string): void {
  for (let size = MIB; size >= 4096; ) {
    const before = existsSync(file) ? statSync(file).size : 0;
    try {
      appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      if (statSync(file).size === before) size /= 4;
    }
  }
}

/** Whether this process may mount a file system. */
function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
