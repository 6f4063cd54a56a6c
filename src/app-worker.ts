// What a worker process runs: the data path, and its own writer into the spool. The main process tells it when to begin, what
// changed, and when to stop; without a main process it ends.

import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createAskLink } from './ask-token.ts';
import { createLog, type Log } from './log.ts';
import { createLiveOutlet } from './proxy/live-outlet.ts';
import { type ProxyWorker, startProxyWorker } from './proxy/worker.ts';
import type { FromWorker, ToWorker, WorkerStart } from './proxy/workers.ts';
import { createEmit, type Emit } from './store/emit.ts';
import { createEvidenceSealer } from './store/evidence.ts';
import { loadInstallationKey } from './store/installation-key.ts';
import { processIdentity } from './store/process-identity.ts';
import { openSpool, type Spool } from './store/spool.ts';

let log: Log | undefined;
let worker: ProxyWorker | undefined;
let emit: Emit | undefined;
let spool: Spool | undefined;
let ending = false;

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
  worker = await startProxyWorker(start, {
    log,
    emit,
    sensor,
    key,
    publish: (servers) => tell({ type: 'learned', servers }),
    askLink: createAskLink(config.console.url, key),
    seal: config.store.evidenceKey ? createEvidenceSealer(config.store.evidenceKey) : undefined,
  });
  tell({ type: 'listening' });
}

/** Finishes open exchanges, then makes their events safe. Once: a second call must not end the process under the first. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await worker?.stop();
  emit?.close();
  await spool?.close();
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
  else if (message.type === 'watch') outlet.watch(message.on);
  else void end();
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
