// What the main process and its workers (workers.ts) say to each other: plain JSON.

import type { Config } from '../config.ts';
import type { HttpFlowEvent } from '../engine/event.ts';
import type { LearnedServer } from '../engine/flow.ts';
import type { SnapshotSource } from '../engine/snapshot.ts';
import type { WorkerReport } from '../worker-counts.ts';
import type { IdentityChange, IdentityState } from './identify/identity-data.ts';
import type { OwnDoor } from './own-relay.ts';
import type { Place } from './places.ts';

/** What a worker needs to begin. */
export interface WorkerStart {
  config: Config;
  source: SnapshotSource;
  /** TLS ticket keys of all workers, base64. */
  ticketKeys: string;
  /** Where to listen; the proxy's own port first. */
  places: readonly Place[];
  learned: readonly LearnedServer[];
  /** Who is who. */
  identity?: IdentityState | undefined;
  /** Where the pages of the appliance's own host are. */
  door?: OwnDoor | undefined;
}

export type ToWorker =
  | { type: 'start'; start: WorkerStart }
  | { type: 'snapshot'; source: SnapshotSource }
  /** The CA files may have changed. */
  | { type: 'ca' }
  | { type: 'learned'; servers: readonly LearnedServer[] }
  | { type: 'identity'; change: IdentityChange }
  /** Whether to hand over what is stored, for live feeds. */
  | { type: 'watch'; on: boolean }
  /** End when no exchange is open, at the latest after so many milliseconds (ProxyWorker.stop). */
  | { type: 'stop'; drainMs: number; gently?: boolean };

export type FromWorker =
  | { type: 'listening' }
  | { type: 'learned'; servers: readonly LearnedServer[] }
  | { type: 'live'; events: readonly HttpFlowEvent[]; dropped: number }
  /** Proxy tokens that were used lately. */
  | { type: 'tokens-used'; ids: readonly string[] }
  | { type: 'counts'; report: WorkerReport }
  | { type: 'failed'; message: string };
