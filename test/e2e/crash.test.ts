// A worker, the main process or the engine of a real appliance is killed 20 times under load. No acknowledged event is lost,
// none is stored twice; the proxy answers again after every kill; nothing is left running.
//
// What counts as acknowledged, and why, is in crash/acknowledged.ts. Kills come in an order and at moments drawn from SEED.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './appliance.ts';
import { acknowledgedIds } from './crash/acknowledged.ts';
import { answerLoad, type Load, type LoadConnection, startLoad } from './crash/load.ts';
import { canFindProcesses, createService, kill, type Service, segmentsIn, WORKERS } from './crash/service.ts';
import { type SpoolWatch, watchSpool } from './crash/spool-watch.ts';
import { readStored } from './crash/stored.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const KILLS = { worker: 8, main: 6, engine: 6 } as const;
const SEED = 20_260_801;
/** Open exchanges get 3 s (`drain` of the service), then the spool is closed. */
const ORPHAN_MS = 15_000;

type Target = keyof typeof KILLS;

let service: Service;
let server: TestServer;
let load: Load | undefined;
let watch: SpoolWatch | undefined;
const random = randomFrom(SEED);

beforeAll(async () => {
  service = await createService();
  server = await serveTls(service, 'crash.localhost', answerLoad);
  server.server.keepAliveTimeout = 0;
});
afterAll(async () => {
  watch?.stop();
  const stopped = load?.stop();
  server?.close();
  await service?.destroy();
  await stopped;
});

test.runIf(canFindProcesses)(
  '20 kills under load: every acknowledged event is stored exactly once, and the proxy serves on (needs /proc)',
  { timeout: 240_000 },
  async () => {
    await service.start();
    load = startLoad({
      proxyUrl: service.proxyUrl,
      ca: readFileSync(service.caFile),
      authority: new URL(server.origin).host,
    });
    watch = watchSpool(service.spoolDir);
    /** Connections, over all kills: what a dead worker took with it, and what went on. */
    const worker = { broken: 0, kept: 0 };
    let engineKept = 0;

    for (const target of order()) {
      await load.answeredAgain();
      await until(
        async () => service.workers().length,
        (count) => count === WORKERS,
        30_000,
      );
      const engine = await service.engine();
      const workers = service.workers();
      await sleep(200 + random() * 500);
      if (target !== 'worker') await deliveryBegins();
      const open = load.open();

      if (target === 'main') {
        await killMain(workers, engine);
      } else if (target === 'worker') {
        watch.read();
        const serving = workers.filter((pid) => open.some((connection) => isServedBy(connection, pid)));
        // Now and then one that has just started.
        const candidates = serving.length > 0 && random() < 0.8 ? serving : workers;
        const victim = candidates[Math.floor(random() * candidates.length)] ?? 0;
        kill(victim);
        await load.answeredAgain();
        // Who wrote the events of a connection served it: only those of the victim may have broken.
        const others = workers.filter((pid) => pid !== victim);
        const kept = open.filter((connection) => others.some((pid) => isServedBy(connection, pid)));
        expect(kept.filter(({ state }) => state === 'broken')).toEqual([]);
        worker.kept += kept.length;
        worker.broken += open.filter(({ state }) => state === 'broken').length;
      } else {
        watch.read();
        kill(engine);
        await load.answeredAgain();
        expect(open.filter(({ state }) => state === 'broken')).toEqual([]);
        engineKept += open.length;
      }
    }

    await load.answeredAgain();
    await load.stop();
    watch.read();
    expect(await service.end()).toBe(0);
    expect(service.processes()).toEqual([]);
    watch.stop();

    await service.start();
    await service.engine();
    await service.drained();
    const stored = await readStored(service);
    expect(await service.end()).toBe(0);
    expect(service.processes()).toEqual([]);

    const acknowledged = acknowledgedIds(load.connections, watch.written.keys(), new Set(stored.times.keys()));
    const lost = [...acknowledged].filter((id) => !stored.times.has(id));
    const twice = [...stored.times].filter(([, times]) => times !== 1);
    expect({ lost, twice, refused: load.refused }, service.log().slice(-4_000)).toEqual({ lost: [], twice: [], refused: [] });
    expect(stored.events).toBe(stored.rows);
    // The counters of the view can be off by the inserts that an engine was killed in (docs/explain/storage.md).
    expect(Math.abs(stored.counted - stored.detections)).toBeLessThanOrEqual(stored.detections * 0.05);
    // Without these the test would show nothing.
    expect(acknowledged.size).toBeGreaterThan(1_000);
    expect(stored.detections).toBeGreaterThan(200);
    expect(worker.broken).toBeGreaterThan(0);
    expect(worker.kept).toBeGreaterThan(0);
    expect(engineKept).toBeGreaterThan(0);
  },
);

/** As a service manager does it: the next main process is started as soon as the old one has gone, orphans or not. */
async function killMain(workers: readonly number[], engine: number): Promise<void> {
  watch?.read();
  await service.killMain();
  await service.start();
  await load?.answeredAgain();
  const orphans = async () => service.processes().filter(({ pid }) => pid === engine || workers.includes(pid));
  await until(orphans, (left) => left.length === 0, ORPHAN_MS);
}

/** Most of the time nothing is being inserted, and a kill would show little: waits for a sealed segment, but not for long. */
async function deliveryBegins(): Promise<void> {
  for (const giveUp = Date.now() + 2_000; Date.now() < giveUp; await sleep(2)) {
    if (segmentsIn(service.spoolDir).some((file) => file.endsWith('.ndjson'))) break;
  }
  await sleep(random() * 40);
}

function isServedBy({ answered }: LoadConnection, pid: number): boolean {
  return answered.some((id) => watch?.written.get(id) === pid);
}

/** The targets, each as often as KILLS says, shuffled (Fisher-Yates). */
function order(): Target[] {
  const targets = (Object.keys(KILLS) as Target[]).flatMap((target) => Array.from({ length: KILLS[target] }, () => target));
  for (let last = targets.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [targets[last], targets[other]] = [targets[other] as Target, targets[last] as Target];
  }
  return targets;
}

/** Numbers from 0 to 1, always the same ones (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
