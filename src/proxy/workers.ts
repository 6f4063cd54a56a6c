// The worker processes behind the proxy's port: started, told of changes, replaced when they die.
//
// All share one listening socket (the kernel hands out connections), so a worker that dies takes only its own connections with
// it. A worker that keeps dying is started again with growing pauses.
//
// They can be replaced one after the other without a client noticing: the next one listens before the one before stops to, and
// that one ends when what it has begun is finished (timeouts.handover).

import cluster, { type Worker } from 'node:cluster';
import { COMPILED_CODE_DIR } from '../compiled-code.ts';
import type { Config } from '../config.ts';
import type { HttpFlowEvent } from '../engine/event.ts';
import type { LearnedServer } from '../engine/flow.ts';
import type { SnapshotSource } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { addTotals, type Totals, type WorkerReport } from '../worker-counts.ts';
import type { IdentityChange, IdentityState } from './identify/identity-data.ts';
import { type Place, settlePorts } from './places.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

export interface WorkersOptions {
  /** Module that a worker runs. */
  entry: string;
  count: number;
  log: Log;
  start: Omit<WorkerStart, 'learned' | 'identity'>;
  /** Who is who now, for one that starts late. */
  identity?(): IdentityState;
  onTokensUsed?(ids: readonly string[]): void;
  /** What all workers have learnt so far, for one that starts late. */
  learned(): readonly LearnedServer[];
  onLearned(servers: readonly LearnedServer[]): void;
  /** What a worker stored while somebody watches, and how many events it had to leave out. */
  onLive?(events: readonly HttpFlowEvent[], dropped: number): void;
}

export interface Workers {
  /** Where they listen; the proxy's own port first. */
  places: readonly Place[];
  /** Gives all workers a new snapshot. */
  update(source: SnapshotSource): void;
  /** Tells all workers who is who. */
  identify(change: IdentityChange): void;
  /** Makes all workers read the CA anew. */
  renewCa(): void;
  /** Whether workers hand over what they store (`onLive`). */
  watch(on: boolean): void;
  /** Replaces all workers, one after the other; wishes that come meanwhile are one. @throws DaylightError if a new one does not listen */
  replace(config: Config): Promise<void>;
  /** Of those that take new clients. */
  pids(): number[];
  counts(): WorkersCounts;
  /** Lets open exchanges finish, then ends the workers. */
  stop(): Promise<void>;
}

/** What all workers counted since the start, those that are gone included. */
export interface WorkersCounts {
  totals: Totals;
  open: number;
  /** Those that take new clients, by their slot. */
  reports: (WorkerReport | undefined)[];
  listening: number;
  /** Replaced ones that still finish what they have begun. */
  leaving: number;
  died: number;
  replaced: number;
}

/** A worker process, and its slot among `count`. */
interface Member {
  worker: Worker;
  slot: number;
  state: 'starting' | 'listening' | 'leaving';
  report?: WorkerReport;
}

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
/** Replaced generations that keep their time when another round begins. */
const LEAVING_KEPT = 2;

/** @throws DaylightError if the first worker cannot listen */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { log } = options;
  // Workers that ask for the same port share one socket.
  const places = await settlePorts(options.start.places, log);
  let { source } = options.start;
  let stopping = false;
  let watching = false;
  let pause = FIRST_PAUSE_MS;
  let { config } = options.start;
  let replacing: Promise<void> | undefined;
  const live = new Set<Member>();
  /** Of workers that are gone. */
  const gone: Totals = {};
  let died = 0;
  let replaced = 0;

  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Requests leave much short-lived garbage: a roomy nursery keeps most of it from being copied, and without pretenuring none of
  // it is put among the old objects, where it would keep the rest alive (decision 013 has the figures).
  const execArgv = [...process.execArgv, '--max-semi-space-size=32', '--no-allocation-site-pretenuring'];
  cluster.setupPrimary({ exec: options.entry, args: [], execArgv, serialization: 'json' });

  function send(worker: Worker, message: ToWorker): void {
    if (worker.isConnected()) worker.send(message, (error) => error && log.debug({ err: error }, 'message to a worker lost'));
  }

  function fork(slot: number): Promise<void> {
    const worker = cluster.fork({ NODE_COMPILE_CACHE: COMPILED_CODE_DIR });
    const member: Member = { worker, slot, state: 'starting' };
    live.add(member);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'listening') {
          pause = FIRST_PAUSE_MS;
          member.state = 'listening';
          resolve();
        } else if (message.type === 'counts') {
          member.report = message.report;
        } else if (message.type === 'learned') {
          options.onLearned(message.servers);
          for (const other of live) if (other !== member) send(other.worker, message);
        } else if (message.type === 'live') {
          options.onLive?.(message.events, message.dropped);
        } else if (message.type === 'tokens-used') {
          options.onTokensUsed?.(message.ids);
        } else {
          reject(new DaylightError('ERR_LISTEN', message.message));
        }
      });
      worker.on('error', (error) => log.error({ err: error }, 'worker error'));
      worker.once('exit', (code, signal) => {
        live.delete(member);
        if (member.report) addTotals(gone, member.report.totals);
        reject(new DaylightError('ERR_LISTEN', `A proxy worker ended before it listened (${signal ?? code}).`));
        if (stopping || member.state === 'leaving') return;
        died++;
        log.error({ pid: worker.process.pid, code, signal }, 'a proxy worker died; starting another');
        setTimeout(() => {
          if (!stopping && !isTaken(slot)) fork(slot).catch((error) => log.error({ err: error }, 'a proxy worker did not start'));
        }, pause).unref();
        pause = Math.min(pause * 2, LAST_PAUSE_MS);
      });
      send(worker, {
        type: 'start',
        start: { ...options.start, config, source, places, learned: options.learned(), identity: options.identity?.() },
      });
      if (watching) send(worker, { type: 'watch', on: true });
    });
  }

  /** Whether somebody takes new clients there, or is about to. */
  function isTaken(slot: number): boolean {
    return [...live].some((member) => member.slot === slot && member.state !== 'leaving');
  }

  async function stop(): Promise<void> {
    stopping = true;
    const drainMs = config.proxy.timeouts.drain;
    const ended = [...live].map(({ worker }) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
    for (const { worker } of live) send(worker, { type: 'stop', drainMs });
    const timer = setTimeout(() => {
      for (const { worker } of live) worker.process.kill('SIGKILL');
    }, drainMs + 5_000);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  async function replaceAll(): Promise<void> {
    const { drain, handover } = config.proxy.timeouts;
    const leaving = [...live].filter(({ state }) => state === 'leaving');
    // The oldest first. Many rounds in a short time must not take the memory.
    for (const { worker } of leaving.slice(0, Math.max(0, leaving.length - LEAVING_KEPT * options.count)))
      send(worker, { type: 'stop', drainMs: drain });
    const before = [...live].filter(({ state }) => state !== 'leaving');
    for (let slot = 0; slot < options.count && !stopping; slot++) {
      await fork(slot);
      for (const member of before) {
        if (member.slot !== slot) continue;
        member.state = 'leaving';
        send(member.worker, { type: 'stop', drainMs: handover, gently: true });
      }
      replaced++;
    }
  }

  async function replace(next: Config): Promise<void> {
    // A round that is under way may have begun with the configuration of before.
    const under = replacing;
    config = next;
    if (under) await under.catch(() => {});
    if (stopping) return;
    replacing ??= replaceAll().finally(() => {
      replacing = undefined;
    });
    await replacing;
  }

  try {
    await fork(0);
    await Promise.all(Array.from({ length: options.count - 1 }, (_, index) => fork(index + 1)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    places,
    update(next) {
      source = next;
      for (const { worker } of live) send(worker, { type: 'snapshot', source: next });
    },
    identify(change) {
      for (const { worker } of live) send(worker, { type: 'identity', change });
    },
    renewCa() {
      for (const { worker } of live) send(worker, { type: 'ca' });
    },
    watch(on) {
      watching = on;
      for (const { worker } of live) send(worker, { type: 'watch', on });
    },
    replace,
    pids: () => [...live].filter(({ state }) => state === 'listening').map(({ worker }) => worker.process.pid ?? 0),
    counts() {
      const totals = { ...gone };
      const reports: (WorkerReport | undefined)[] = new Array(options.count).fill(undefined);
      let open = 0;
      let leaving = 0;
      let listening = 0;
      for (const { state, slot, report } of live) {
        if (state === 'leaving') leaving++;
        if (state === 'listening') listening++;
        if (report && state === 'listening') reports[slot] = report;
        open += report?.open ?? 0;
        if (report) addTotals(totals, report.totals);
      }
      return { totals, open, reports, listening, leaving, died, replaced };
    },
    stop,
  };
}
