// The worker processes behind the proxy's port: started, told of changes, replaced when they die.
//
// All share one listening socket (the kernel hands out connections), so a worker that dies takes only its own connections with
// it. A worker that keeps dying is started again with growing pauses. Messages are plain JSON.

import cluster, { type Worker } from 'node:cluster';
import { createServer } from 'node:net';
import type { Config } from '../config.ts';
import type { HttpFlowEvent } from '../engine/event.ts';
import type { LearnedServer } from '../engine/flow.ts';
import type { SnapshotSource } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AskDoor } from './ask-relay.ts';

/** What a worker needs to begin. */
export interface WorkerStart {
  config: Config;
  source: SnapshotSource;
  /** TLS ticket keys of all workers, base64. */
  ticketKeys: string;
  host: string;
  port: number;
  learned: readonly LearnedServer[];
  /** Where requests for approval are taken; absent where they cannot be. */
  ask?: AskDoor | undefined;
}

export type ToWorker =
  | { type: 'start'; start: WorkerStart }
  | { type: 'snapshot'; source: SnapshotSource }
  /** The CA files may have changed. */
  | { type: 'ca' }
  | { type: 'learned'; servers: readonly LearnedServer[] }
  /** Whether to hand over what is stored, for live feeds. */
  | { type: 'watch'; on: boolean }
  | { type: 'stop' };

export type FromWorker =
  | { type: 'listening' }
  | { type: 'learned'; servers: readonly LearnedServer[] }
  | { type: 'live'; events: readonly HttpFlowEvent[]; dropped: number }
  | { type: 'failed'; message: string };

export interface WorkersOptions {
  /** Module that a worker runs. */
  entry: string;
  count: number;
  log: Log;
  start: Omit<WorkerStart, 'learned'>;
  /** What all workers have learnt so far, for one that starts late. */
  learned(): readonly LearnedServer[];
  onLearned(servers: readonly LearnedServer[]): void;
  /** What a worker stored while somebody watches, and how many events it had to leave out. */
  onLive?(events: readonly HttpFlowEvent[], dropped: number): void;
}

export interface Workers {
  /** The port that is listened on. */
  port: number;
  /** Gives all workers a new snapshot. */
  update(source: SnapshotSource): void;
  /** Makes all workers read the CA anew. */
  renewCa(): void;
  /** Whether workers hand over what they store (`onLive`). */
  watch(on: boolean): void;
  pids(): number[];
  /** Lets open exchanges finish, then ends the workers. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
/** How long a taken port may belong to workers of a main process that was killed: they let go of it as soon as they notice. */
const PORT_WAIT_MS = 3_000;

/** @throws DaylightError if the first worker cannot listen */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { log } = options;
  const { host } = options.start;
  const port = options.start.port || (await freePort(host));
  if (options.start.port) await portReleased(host, port, log);
  // What workers ask for: those that ask for the same share one socket, also when it is 0. Once nobody holds the socket, a new
  // one has to be asked for by the number that clients know.
  let asked = port;
  let { source } = options.start;
  let stopping = false;
  let watching = false;
  let pause = FIRST_PAUSE_MS;
  const live = new Set<Worker>();

  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Requests leave much short-lived garbage: a roomy nursery keeps most of it from being copied, and without pretenuring none of
  // it is put among the old objects, where it would keep the rest alive (decision 013 has the figures).
  const execArgv = [...process.execArgv, '--max-semi-space-size=32', '--no-allocation-site-pretenuring'];
  cluster.setupPrimary({ exec: options.entry, args: [], execArgv, serialization: 'json' });

  function send(worker: Worker, message: ToWorker): void {
    if (worker.isConnected()) worker.send(message, (error) => error && log.debug({ err: error }, 'message to a worker lost'));
  }

  function fork(): Promise<void> {
    if (live.size === 0) asked = port;
    const worker = cluster.fork();
    live.add(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'listening') {
          pause = FIRST_PAUSE_MS;
          resolve();
        } else if (message.type === 'learned') {
          options.onLearned(message.servers);
          for (const other of live) if (other !== worker) send(other, message);
        } else if (message.type === 'live') {
          options.onLive?.(message.events, message.dropped);
        } else {
          reject(new DaylightError('ERR_LISTEN', message.message));
        }
      });
      worker.on('error', (error) => log.error({ err: error }, 'worker error'));
      worker.once('exit', (code, signal) => {
        live.delete(worker);
        reject(new DaylightError('ERR_LISTEN', `A proxy worker ended before it listened (${signal ?? code}).`));
        if (stopping) return;
        log.error({ pid: worker.process.pid, code, signal }, 'a proxy worker died; starting another');
        setTimeout(() => {
          if (!stopping) fork().catch((error) => log.error({ err: error }, 'a proxy worker did not start'));
        }, pause).unref();
        pause = Math.min(pause * 2, LAST_PAUSE_MS);
      });
      send(worker, { type: 'start', start: { ...options.start, source, port: asked, learned: options.learned() } });
      if (watching) send(worker, { type: 'watch', on: true });
    });
  }

  async function stop(): Promise<void> {
    stopping = true;
    const ended = [...live].map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
    for (const worker of live) send(worker, { type: 'stop' });
    const timer = setTimeout(() => {
      for (const worker of live) worker.process.kill('SIGKILL');
    }, options.start.config.proxy.timeouts.drain + 5_000);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  try {
    await fork();
    await Promise.all(Array.from({ length: options.count - 1 }, fork));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    update(next) {
      source = next;
      for (const worker of live) send(worker, { type: 'snapshot', source: next });
    },
    renewCa() {
      for (const worker of live) send(worker, { type: 'ca' });
    },
    watch(on) {
      watching = on;
      for (const worker of live) send(worker, { type: 'watch', on });
    },
    pids: () => [...live].map((worker) => worker.process.pid ?? 0),
    stop,
  };
}

/** Waits while somebody listens on the port, but not for long: the first worker then says what is wrong. */
async function portReleased(host: string, port: number, log: Log): Promise<void> {
  const giveUp = Date.now() + PORT_WAIT_MS;
  for (let attempt = 0; Date.now() < giveUp; attempt++) {
    try {
      await freePort(host, port);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return;
      if (attempt === 0) log.warn({ host, port }, 'the proxy port is taken; waiting for it');
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/**
 * A port that is free now. All workers must name the same port to share its socket, so `0` is settled here.
 *
 * @throws Error EADDRINUSE if `wanted` is another than 0 and taken
 */
function freePort(host: string, wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host, port: wanted, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
