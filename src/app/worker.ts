// What a worker process runs: the data path, and its own writer into the spool. The main process tells it when to begin, what
// changed, and when to stop; without a main process it ends.

import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createAskLink } from '../ask-token.ts';
import { createLog, type Log } from '../log.ts';
import type { IdentityChange } from '../proxy/identify/identity-data.ts';
import { createLiveOutlet } from '../proxy/live-outlet.ts';
import { type ProxyWorker, startProxyWorker } from '../proxy/worker.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../proxy/worker-messages.ts';
import { type ClientCounts, createClientCounts } from '../store/client-counts.ts';
import { createEmit, type Emit } from '../store/emit.ts';
import { createEvidenceSealer } from '../store/evidence.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { processIdentity } from '../store/process-identity.ts';
import { openSpool, SEAL_ANYWAY_MS, type Spool } from '../store/spool.ts';
import { addEvent, createWorkerCounts } from '../worker-counts.ts';
import { createWorkerReports } from '../worker-reports.ts';

let log: Log | undefined;
let worker: ProxyWorker | undefined;
let emit: Emit | undefined;
let clients: ClientCounts | undefined;
let spool: Spool | undefined;
let ending = false;
/** What came before the worker was ready for it: nobody who was revoked meanwhile shall get in. */
let early: IdentityChange[] = [];
const counts = createWorkerCounts();
const reports = createWorkerReports(counts);
const REPORT_MS = 1_000;
/** How exact the last use of a token is known. */
const USED_MS = 30_000;

function tell(message: FromWorker): void {
  if (process.connected) process.send!(message);
}

const outlet = createLiveOutlet({
  send(events, dropped, sent) {
    const message: FromWorker = { type: 'live', events, dropped };
    if (process.connected) process.send!(message, undefined, undefined, sent);
  },
});

async function begin(start: WorkerStart): Promise<void> {
  const { config } = start;
  log = createLog(config.log.level).child({ worker: process.pid });
  const complain = (error: Error, message: string): void => log?.error({ err: error }, message);
  process.on('uncaughtException', (error) => {
    complain(error, 'unexpected fault in a worker; it ends after its events are safe');
    void (spool?.flush() ?? Promise.resolve()).finally(() => process.exit(1));
    setTimeout(() => process.exit(1), 2_000).unref();
  });
  const sensor = config.sensor || hostname();
  spool = openSpool({
    dir: join(config.data, 'spool'),
    writer: processIdentity('worker'),
    ...(config.sinks.length > 0 ? { sealAnywayMs: SEAL_ANYWAY_MS } : {}),
    onError: (error) => complain(error, 'events cannot be written to the spool'),
  });
  const key = loadInstallationKey(config.data);
  const { append } = spool;
  // What is stored, in the form in which it is stored.
  const tapped: Pick<Spool, 'append'> = {
    append(event) {
      append(event);
      outlet.offer(event);
    },
  };
  emit = createEmit({ spool: tapped, store: config.store, tenant: config.tenant, key });
  const store = emit;
  clients = createClientCounts({ spool, store: config.store, key });
  const { add: countClient } = clients;
  worker = await startProxyWorker(start, {
    log,
    counts,
    emit(event) {
      addEvent(counts, event);
      if (event.kind === 'http_flow') countClient(event);
      store(event);
    },
    noteClient: countClient,
    sensor,
    key,
    publish: (servers) => tell({ type: 'learned', servers }),
    askLink: createAskLink(config.console.url, key),
    seal: config.store.evidenceKey ? createEvidenceSealer(config.store.evidenceKey) : undefined,
  });
  for (const change of early) worker.identify(change);
  early = [];
  tell({ type: 'listening' });
  setInterval(tellUsedTokens, USED_MS).unref();
  setInterval(() => tell({ type: 'counts', report: reports.next() }), REPORT_MS).unref();
}

function tellUsedTokens(): void {
  const ids = worker?.takeUsedTokens() ?? [];
  if (ids.length > 0) tell({ type: 'tokens-used', ids });
}

/** Finishes open exchanges, then makes their events safe. Once: a second call only makes the first one hurry. */
async function end(drainMs?: number, gently?: boolean): Promise<void> {
  const finished = worker?.stop(drainMs, gently);
  if (ending) return;
  ending = true;
  await finished;
  tellUsedTokens();
  emit?.close();
  clients?.close();
  await spool?.close();
  const last: FromWorker = { type: 'counts', report: reports.next() };
  if (process.connected) await new Promise((sent) => process.send!(last, undefined, undefined, sent));
  process.exit(0);
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'start') {
    begin(message.start).catch((error: Error) => {
      tell({ type: 'failed', message: error.message });
      setTimeout(() => process.exit(1), 100);
    });
  } else if (message.type === 'snapshot') worker?.update(message.source);
  else if (message.type === 'ca')
    worker?.renewCa().catch((error) => log?.error({ err: error }, 'the CA cannot be read: the previous one stays in force'));
  else if (message.type === 'learned') worker?.learn(message.servers);
  else if (message.type === 'identity') {
    if (worker) worker.identify(message.change);
    else early.push(message.change);
  } else if (message.type === 'watch') outlet.watch(message.on);
  else void end(message.drainMs, message.gently);
});
// The terminal sends its signals to the whole group; the main process decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});
// Without a main process node:cluster would end this one on the spot, unless it takes the end for a wanted one.
cluster.worker?.once('disconnect', () => {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  void end();
});
