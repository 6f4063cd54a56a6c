// The jobs of the load process: what it is asked, what it reports. Plain JSON both ways.

import type { ProcessSample } from '../process-tree.ts';
import type { Target } from './open.ts';

export type Workload = 'mcp' | 'plain';

export type Job =
  /** Closed loop on kept-alive connections. */
  | {
      kind: 'requests';
      target: Target;
      workload: Workload;
      connections: number;
      warmup: number;
      requests: number;
      settleMs: number;
    }
  /** The same by absolute-form requests to an origin without TLS: the proxy sees each one by itself. */
  | {
      kind: 'absolute';
      target: Target;
      workload: Workload;
      connections: number;
      warmup: number;
      requests: number;
      settleMs: number;
    }
  /** Open loop: so many requests a second. Each `markEvery`th has a User-Agent of its own, numbered on from `from`. */
  | {
      kind: 'paced';
      target: Target;
      connections: number;
      perSecond: number;
      forMs: number;
      markEvery: number;
      from: number;
      settleMs: number;
    }
  /** One new connection for each request. */
  | { kind: 'connects'; target: Target; connections: number; warmup: number; requests: number; settleMs: number }
  /** Two connections in a row to each host: one that the proxy has never seen, and the same again. */
  | { kind: 'first-connects'; target: Target; hosts: readonly string[] }
  | { kind: 'events'; target: Target; streams: number; everyMs: number; forMs: number }
  | { kind: 'download'; target: Target; bytes: number; times: number; settleMs: number }
  | { kind: 'stall'; target: Target; bytes: number; forMs: number };

export interface Report {
  /** Requests, connections, events or bytes that were measured. */
  count: number;
  /** Wall time of the measured part, ms. */
  wallMs: number;
  /** Process tree of the target before and after. */
  before: ProcessSample[];
  after: ProcessSample[];
  /** Milliseconds: latencies of a request or connection, or delays of an event. For `first-connects` those of the first ones. */
  times: number[];
  /** For `paced`: when a marked request was answered, epoch milliseconds. */
  marks?: { mark: string; at: number }[];
  /** For `first-connects`: the second connection to each host. */
  again?: number[];
  /** For `stall`: largest resident memory of each process while the client did not read. */
  peak?: { pid: number; rss: number }[];
  /** For `stall`: bytes that the client had taken before it stopped reading. */
  taken?: number;
}
