// The composition root: the one place (with app-worker.ts, its other half) that knows more than one edge.
//
// Start, in order: data folder, CA, rules and policy (a fault here is fatal); store and drain (a fault is loud, the spool keeps
// the events); workers, which do not wait for ClickHouse; console. Reload: on SIGHUP and when a file under `rules` changes; a
// broken file leaves the old snapshot in force. SIGHUP also opens the CA again. Stop: workers finish what is open, the spool is
// drained, the engine ends last.

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { type ConsoleStatus, startConsole } from './console/server.ts';
import type { LearnedServer } from './engine/flow.ts';
import { compileSnapshot } from './engine/snapshot.ts';
import { loadSnapshotSource } from './load.ts';
import type { Log } from './log.ts';
import { openCa } from './proxy/ca.ts';
import { uuidv7 } from './proxy/uuid.ts';
import { startWorkers } from './proxy/workers.ts';
import { openEventStore } from './store/event-store.ts';
import { watchFolder } from './watch-folder.ts';

export interface App {
  proxyUrl: string;
  consoleUrl: string;
  caFile: string;
  /** Finishes open exchanges, drains the spool and ends everything that was started. */
  stop(): Promise<void>;
}

const RELOAD_DEBOUNCE_MS = 100;
/** Servers that a worker which starts later is told of. */
const LEARNED_KEPT = 20_000;

/** @throws DaylightError when the appliance cannot do its work */
export async function startApp(config: Config, { log }: { log: Log }): Promise<App> {
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const ca = await openCa({ dir: config.certs, log });
  const loaded = loadSnapshotSource(config.rules);
  for (const warning of loaded.warnings) log.warn(warning);
  let snapshotId = compileSnapshot(loaded.source).id;
  log.info({ rules: loaded.source.rules.length, snapshot: snapshotId }, 'rules and policy loaded');

  const sensor = config.sensor || hostname();
  const store = await openEventStore(config, { log, sensor, newId: uuidv7, waitMs: 0 });
  const learned = new Map<string, LearnedServer>();
  const [host, port] = splitListen(config.proxy.listen);
  const stops: (() => Promise<void> | void)[] = [() => store.close()];

  async function stop(): Promise<void> {
    for (const one of stops.splice(0).reverse()) await one();
  }

  try {
    const workers = await startWorkers({
      entry: join(import.meta.dirname, 'app-worker.ts'),
      count: config.proxy.workers === 'auto' ? Math.min(16, Math.max(2, availableParallelism())) : config.proxy.workers,
      log,
      start: { config, source: loaded.source, ticketKeys: randomBytes(48).toString('base64'), host, port },
      learned: () => [...learned.values()],
      onLearned: (servers) => {
        for (const server of servers) learned.set(server.url, server);
        if (learned.size > LEARNED_KEPT) learned.clear();
      },
    });
    stops.push(() => workers.stop());

    const reload = (cause: string): void => {
      try {
        const next = loadSnapshotSource(config.rules);
        const id = compileSnapshot(next.source).id;
        if (id === snapshotId) return;
        for (const warning of next.warnings) log.warn(warning);
        workers.update(next.source);
        log.info({ cause, before: snapshotId, after: id, rules: next.source.rules.length }, 'rules and policy reloaded');
        store.audit({
          action: 'policy.reload',
          objectType: 'snapshot',
          objectId: id,
          reason: cause,
          before: snapshotId,
          after: id,
        });
        snapshotId = id;
      } catch (error) {
        log.error({ err: error, cause, inForce: snapshotId }, 'RULES OR POLICY ARE BROKEN: the previous ones stay in force');
        store.audit({
          action: 'policy.reload',
          objectType: 'snapshot',
          objectId: '',
          reason: (error as Error).message,
          outcome: 'error',
        });
      }
    };
    stops.push(
      watchFolder(config.rules, {
        debounceMs: RELOAD_DEBOUNCE_MS,
        onChange: () => reload('file changed'),
        onError: (error, folder) =>
          log.error({ err: error, folder }, 'changes of rules and policy are not noticed any more; send SIGHUP to reload'),
      }),
    );
    const onHangup = (): void => {
      reload('SIGHUP');
      workers.renewCa();
    };
    process.on('SIGHUP', onHangup);
    stops.push(() => void process.off('SIGHUP', onHangup));

    const status = (): ConsoleStatus => ({ snapshot: snapshotId, workers: workers.pids().length, store: store.status() });
    const panel = await startConsole(config.console.listen, status);
    stops.push(() => panel.stop());

    const proxyUrl = `http://${host.includes(':') ? `[${host}]` : host}:${workers.port}`;
    log.info({ proxy: proxyUrl, console: panel.url, ca: ca.info.file, workers: workers.pids().length }, 'serving');
    // Clients are served by now; whoever started this may ask for events next.
    await store.settled();
    return { proxyUrl, consoleUrl: panel.url, caFile: ca.info.file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function splitListen(listen: string): [host: string, port: number] {
  const colon = listen.lastIndexOf(':');
  return [listen.slice(0, colon).replace(/^\[|\]$/g, ''), Number(listen.slice(colon + 1))];
}
