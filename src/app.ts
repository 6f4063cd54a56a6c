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
import { openConsoleApi } from './app-console.ts';
import { consoleCertificate, openSignIn } from './app-sign-in.ts';
import { type ApprovalRequest, factsOf } from './approval-request.ts';
import { askKey } from './ask-token.ts';
import type { Config } from './config.ts';
import { type ConsoleStatus, createConsole } from './console/app.ts';
import { openAskDoor } from './console/ask/door.ts';
import type { AskOptions } from './console/ask/routes.ts';
import { type Listening, listen } from './console/listen.ts';
import { createLiveHub } from './console/live/hub.ts';
import { preparePage } from './console/prepare-page.ts';
import type { LearnedServer } from './engine/flow.ts';
import { snapshotIdOf } from './engine/snapshot.ts';
import { type LoadedSource, loadSnapshotSource } from './load.ts';
import type { Log } from './log.ts';
import { createReload } from './policy-files/policy-reload.ts';
import type { PolicyHistory } from './policy-files/policy-version.ts';
import { openCa } from './proxy/ca.ts';
import { uuidv7 } from './proxy/uuid.ts';
import { startWorkers } from './proxy/workers.ts';
import { type ApprovalRequests, openApprovalRequests } from './store/approval-requests.ts';
import { openEventStore } from './store/event-store.ts';
import { loadInstallationKey } from './store/installation-key.ts';
import { openPolicyHistory } from './store/policy-history.ts';
import { daylightVersion } from './version.ts';
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
  let loaded = loadSnapshotSource(config.rules);
  for (const warning of loaded.warnings) log.warn(warning);
  const inForce = snapshotIdOf(loaded.source);
  log.info({ rules: loaded.source.rules.length, snapshot: inForce }, 'rules and policy loaded');

  const sensor = config.sensor || hostname();
  const store = await openEventStore(config, { log, sensor, newId: uuidv7, waitMs: 0 });
  const learned = new Map<string, LearnedServer>();
  const [host, port] = splitListen(config.proxy.listen);
  const stops: (() => Promise<void> | void)[] = [() => store.close()];

  async function stop(): Promise<void> {
    for (const one of stops.splice(0).reverse()) await one();
  }

  function openHistory(): PolicyHistory | undefined {
    try {
      return openPolicyHistory(config.data, { onBroken: (message, cause) => log.error({ err: cause }, message) });
    } catch (error) {
      log.error({ err: error }, 'the history of policy cannot be kept');
      return undefined;
    }
  }

  function openRequests(): ApprovalRequests | undefined {
    try {
      return openApprovalRequests(config.data, (message, cause) => log.error({ err: cause }, message));
    } catch (error) {
      log.error({ err: error }, 'requests for approval cannot be kept: block answers carry no link to ask');
      return undefined;
    }
  }

  function askOptions(requests: ApprovalRequests): AskOptions {
    return {
      key: askKey(loadInstallationKey(config.data)),
      publicUrl: config.console.url,
      contact: config.contact,
      requests,
      facts: async (eventId) => {
        const event = await store.event(eventId);
        return event && factsOf(event);
      },
      onFiled(request: ApprovalRequest) {
        log.info({ request: request.id, servers: request.servers }, 'someone asks for approval');
        const { id, name, reason } = request;
        const entry = { objectType: 'request', objectId: id, reason: `${name}: ${reason}`, after: JSON.stringify(request) };
        store.audit({ action: 'request.created', ...entry });
      },
      onFault: (error) => log.error({ err: error }, 'a request for approval was not taken'),
      now: Date.now,
    };
  }

  try {
    const requests = openRequests();
    stops.push(() => requests?.close());
    const ask = requests && askOptions(requests);
    const door = ask && (await openAskDoor(ask));
    stops.push(() => door?.stop());
    const live = createLiveHub({ watch: (on) => workers.watch(on) });
    const workers = await startWorkers({
      entry: join(import.meta.dirname, 'app-worker.ts'),
      count: config.proxy.workers === 'auto' ? Math.min(16, Math.max(2, availableParallelism())) : config.proxy.workers,
      log,
      start: {
        config,
        source: loaded.source,
        ticketKeys: randomBytes(48).toString('base64'),
        host,
        port,
        ask: door && { port: door.port, secret: door.secret },
      },
      learned: () => [...learned.values()],
      onLearned: (servers) => {
        for (const server of servers) learned.set(server.url, server);
        if (learned.size > LEARNED_KEPT) learned.clear();
      },
      onLive: live.receive,
    });
    stops.push(() => workers.stop());

    const history = openHistory();
    stops.push(() => history?.close());
    const { rules } = config;
    const update = (next: LoadedSource): void => {
      loaded = next;
      workers.update(next.source);
    };
    const reload = createReload({ rules, log, inForce, history, update, audit: store.audit });
    // What was changed while no appliance ran is kept, too.
    void reload('start');
    stops.push(() => reload.settled());
    stops.push(
      watchFolder(config.rules, {
        debounceMs: RELOAD_DEBOUNCE_MS,
        onChange: () => void reload('file changed'),
        onError: (error, folder) =>
          log.error({ err: error, folder }, 'changes of rules and policy are not noticed any more; send SIGHUP to reload'),
      }),
    );
    let panel: Listening | undefined;
    const onHangup = (): void => {
      void reload('SIGHUP');
      workers.renewCa();
      void panel?.renewCertificate();
    };
    process.on('SIGHUP', onHangup);
    stops.push(() => void process.off('SIGHUP', onHangup));

    const status = (): ConsoleStatus => ({
      snapshot: reload.snapshotId(),
      workers: workers.pids().length,
      store: store.status(),
    });
    const signIn = openSignIn(config, { log, version: daylightVersion(), sensor, audit: store.audit });
    stops.push(() => signIn?.close());
    const api =
      signIn &&
      openConsoleApi(config, {
        ...{ log, store, live, history, requests, access: signIn.options.access, loaded: () => loaded },
        applyPolicy: () => reload('console'),
        snapshotId: reload.snapshotId,
        workers: () => workers.pids().length,
      });
    stops.push(() => api?.close());
    const prepared = preparePage(log);
    stops.push(() => prepared.stop());
    const { page } = prepared;
    panel = await listen(
      createConsole({ status, ask, signIn: signIn?.options, api: api?.options, page }),
      config.console.listen,
      {
        certificate: consoleCertificate(config, log),
      },
    );
    stops.push(() => panel?.stop());
    signIn?.servedAt(panel.port);

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
