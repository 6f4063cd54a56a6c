// What a worker counts for the metrics: plain numbers in plain objects, because the data path adds to them on every request. A worker
// hands them over once a second; the main process adds up those of all workers, of those that are gone, too.
//
// A key is the name of a series and its labels in the order of METRICS (metrics.ts), separated by blanks: `requests shadow block`.

import type { Event } from './engine/event.ts';

/** Since the worker began. */
export type Totals = Record<string, number>;

export interface WorkerCounts {
  totals: Totals;
  /** Client connections that are open now. */
  open: number;
}

/** What a worker reports. */
export interface WorkerReport {
  totals: Totals;
  open: number;
  /** Seconds that the event loop was late since the last report: at most, and in all but one of a hundred cases. */
  lag: { max: number; p99: number };
  /** Bytes. */
  memory: number;
}

/** Upper ends of the buckets in which the times of decisions are counted, seconds. */
export const DECIDE_BUCKETS = [0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
const BUCKET_KEYS = DECIDE_BUCKETS.map((end) => `decide ${end}`);
const REQUEST_KEYS: Record<string, Record<string, string>> = {};
const CODE = /^ERR_[A-Z_]{1,40}/;

export function createWorkerCounts(): WorkerCounts {
  return { totals: {}, open: 0 };
}

export function add({ totals }: WorkerCounts, key: string, by = 1): void {
  totals[key] = (totals[key] ?? 0) + by;
}

/** Counts one decision. */
export function addDecision(counts: WorkerCounts, seconds: number): void {
  const { totals } = counts;
  let at = 0;
  while (at < DECIDE_BUCKETS.length && seconds > DECIDE_BUCKETS[at]!) at++;
  add(counts, BUCKET_KEYS[at] ?? 'decide +Inf');
  totals.decide_sum = (totals.decide_sum ?? 0) + seconds;
}

/** Counts what an event says about an exchange or a tunnel. */
export function addEvent(counts: WorkerCounts, event: Event): void {
  if (event.kind !== 'http_flow') return;
  add(counts, requestKey(event.traffic, event.action));
  add(counts, 'bytes request', event.req_bytes);
  add(counts, 'bytes response', event.resp_bytes);
  if (event.inspected !== 'yes') add(counts, `uninspected ${event.inspected}`);
  if (event.error === '') return;
  const code = CODE.exec(event.error)?.[0] ?? 'other';
  add(counts, `errors ${code}`);
  if (code === 'ERR_CLIENT_TLS') add(counts, 'handshakes failed');
}

/** Made once: a text put together anew has to be hashed before it can be looked up. */
function requestKey(traffic: string, action: string): string {
  REQUEST_KEYS[traffic] ??= {};
  const known = REQUEST_KEYS[traffic];
  known[action] ??= `requests ${traffic} ${action}`;
  return known[action];
}

/** Adds `more` to `sum`. */
export function addTotals(sum: Totals, more: Totals): Totals {
  for (const [key, value] of Object.entries(more)) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}
