// The composition root: the one place (with app/worker.ts, its other half) that knows more than one edge.
//
// Start, in order: data folder, CA, rules and policy (a fault here is fatal); store and drain (a fault is loud, the spool keeps
// the events); workers, which do not wait for ClickHouse; console. Reload: on SIGHUP and when a file under `rules` changes; a
// broken file leaves the old snapshot in force. Signals: app/reload.ts. Stop: workers finish what is open, the spool is
// drained, the engine ends last.

import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { openConsoleApi } from './app/console.ts';
import { openIdentities } from './app/identity.ts';
import { watchHealth } from './app/metrics.ts';
import { listenForReload } from './app/reload.ts';
import { watchRulePack } from './app/rule-pack.ts';
import { ownPages } from './app/setup.ts';
import { consoleCertificate, openSignIn } from './app/sign-in.ts';
import { openAppSinks } from './app/sinks.ts';
import { finishRestore } from './backup/put-back.ts';
import type { Config } from './config.ts';
import type { ConfigFile } from './config-file.ts';
import { createConsole } from './console/app.ts';
import { type Listening, listen } from './console/listen.ts';
import { createLiveHub } from './console/live/hub.ts';
import { openOwnDoor } from './console/own-door.ts';
import { preparePage } from './console/prepare-page.ts';
import type { LearnedServer } from './engine/flow.ts';
import { snapshotIdOf } from './engine/snapshot.ts';
import { DaylightError } from './errors.ts';
import { type LoadedSource, loadSnapshotSource } from './load.ts';
import type { Log } from './log.ts';
import { createReload } from './policy-files/policy-reload.ts';
import type { PolicyHistory } from './policy-files/policy-version.ts';
import { openCa } from './proxy/ca.ts';
import { type ProxyUrls, placesOf, urlsOf } from './proxy/places.ts';
import { uuidv7 } from './proxy/uuid.ts';
import { startWorkers } from './proxy/workers.ts';
import { type ApprovalRequests, openApprovalRequests } from './store/approval-requests.ts';
import { openEventStore } from './store/event-store.ts';
import { openPolicyHistory } from './store/policy-history.ts';
import { daylightVersion } from './version.ts';
import { watchFolder } from './watch-folder.ts';

export interface App {
  proxyUrl: string;
  /** Every door that is open; `proxy` always is. */
  urls: ProxyUrls;
  consoleUrl: string;
  caFile: string;
  /** Finishes open exchanges, drains the spool and ends everything that was started. */
  stop(): Promise<void>;
}

export interface StartTools {
  log: Log;
  /** Reads the configuration again, for SIGHUP. */
  readConfig?: () => Config;
  /** Where the console writes what of it is changed there. */
  configFile?: ConfigFile;
}

const RELOAD_DEBOUNCE_MS = 100;
/** Servers that a worker which starts later is told of. */
const LEARNED_KEPT = 20_000;

/** @throws DaylightError when the appliance cannot do its work */
export async function startApp(config: Config, { log, readConfig, configFile }: StartTools): Promise<App> {
  openDataFolder(config.data);
  if (finishRestore(config.data)) log.warn('finished a restore that was cut off');
  const ca = await openCa({ dir: config.certs, log });
  let loaded = loadSnapshotSource(config.rules);
  for (const warning of loaded.warnings) log.warn(warning);
  const inForce = snapshotIdOf(loaded.source);
  log.info({ rules: loaded.source.rules.length, snapshot: inForce }, 'rules and policy loaded');

  const sensor = config.sensor || hostname();
  const sinks = openAppSinks(config, log);
  const store = await openEventStore(config, { log, sensor, newId: uuidv7, waitMs: 0, openReaders: sinks.open });
  const learned = new Map<string, LearnedServer>();
  const stops: (() => Promise<void> | void)[] = [() => sinks.close(), () => store.close()];

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

  try {
    const requests = openRequests();
    stops.push(() => requests?.close());
    const pages = ownPages(config, { log, store, requests, listening: () => urlsOf(workers.places).proxy });
    const door = await openOwnDoor(pages);
    stops.push(() => door.stop());
    const proxyUrl = () => config.onboarding.proxyUrl || urlsOf(workers.places).proxy;
    const signIn = openSignIn(config, { log, version: daylightVersion(), sensor, audit: store.audit, proxyUrl });
    stops.push(() => signIn?.close());
    const identities = await openIdentities(config, { log, tokens: signIn?.options.access.proxyTokens });
    stops.push(() => identities.stop());
    const live = createLiveHub({ watch: (on) => workers.watch(on) });
    const count = config.proxy.workers === 'auto' ? Math.min(16, Math.max(2, availableParallelism())) : config.proxy.workers;
    const workers = await startWorkers({
      entry: join(import.meta.dirname, 'app/worker.ts'),
      count,
      log,
      start: {
        config,
        source: loaded.source,
        ticketKeys: randomBytes(48).toString('base64'),
        places: placesOf(config.proxy),
        door: { port: door.port, secret: door.secret, asks: door.asks },
      },
      learned: () => [...learned.values()],
      onLearned: (servers) => {
        for (const server of servers) learned.set(server.url, server);
        if (learned.size > LEARNED_KEPT) learned.clear();
      },
      onLive: live.receive,
      identity: identities.state,
      onTokensUsed: identities.markUsed,
    });
    identities.follow(workers.identify);
    stops.push(() => workers.stop());

    const history = openHistory();
    stops.push(() => history?.close());
    const { rules } = config;
    const pack = watchRulePack(config, { log, audit: store.audit });
    stops.push(() => pack?.packs.close());
    const update = (next: LoadedSource): void => {
      loaded = next;
      workers.update(next.source);
      pack?.inForce();
    };
    const onRead = (result: 'ok' | 'failed'): void => health.reloaded('policy', result);
    const reload = createReload({ rules, log, inForce, history, update, audit: store.audit, onRead });
    const { snapshotId } = reload;
    const health = watchHealth(config, {
      store,
      workers,
      wanted: count,
      sinks: sinks.health,
      rules: () => loaded.source.rules.length,
      snapshotId,
    });
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
    const stopListening = listenForReload({
      ...{ config, log, read: readConfig, replace: workers.replace, onRead: (result) => health.reloaded('config', result) },
      onHangup() {
        void reload('SIGHUP');
        workers.renewCa();
        void panel?.renewCertificate();
      },
    });
    stops.push(stopListening);

    const api =
      signIn &&
      openConsoleApi(config, {
        ...{
          log,
          store,
          sinks,
          live,
          history,
          packs: pack?.packs,
          configFile,
          requests,
          access: signIn.options.access,
          loaded: () => loaded,
        },
        applyPolicy: () => reload('console'),
        snapshotId: reload.snapshotId,
        workers: () => workers.pids().length,
      });
    stops.push(() => api?.close());
    const prepared = preparePage(log);
    stops.push(() => prepared.stop());
    const { page } = prepared;
    panel = await listen(
      createConsole({
        status: health.status,
        ...pages,
        signIn: signIn?.options,
        api: api?.options,
        metrics: health.metrics,
        page,
      }),
      config.console.listen,
      {
        certificate: health.watch(consoleCertificate(config, log)),
      },
    );
    stops.push(() => panel?.stop());
    signIn?.servedAt(panel.port);

    const urls = urlsOf(workers.places);
    log.info({ ...urls, console: panel.url, ca: ca.info.file, workers: workers.pids().length }, 'serving');
    // Clients are served by now; whoever started this may ask for events next.
    await store.settled();
    return { proxyUrl: urls.proxy, urls, consoleUrl: panel.url, caFile: ca.info.file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function openDataFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new DaylightError(
      'ERR_STORE',
      `the data folder cannot be used: ${why}; change its owner, or choose another with --data`,
      {
        cause,
      },
    );
  }
}
