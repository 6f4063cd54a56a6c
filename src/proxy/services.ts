// What the data path needs from the rest of Daylight, handed in by the composition root.

import type { Config } from '../config.ts';
import type { Event, EventOrigin } from '../engine/event.ts';
import type { Flow, LearnedServer, Principal } from '../engine/flow.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { Log } from '../log.ts';
import type { AskDoor } from './ask-relay.ts';
import type { CallRecords } from './call-records.ts';
import type { ContentScanner } from './content-scan.ts';
import type { FindingRecords } from './finding-records.ts';
import type { LeafIssuer } from './leaf.ts';
import type { Passthrough } from './passthrough.ts';
import type { Resolver } from './resolve.ts';
import type { ToolSightings } from './tool-sightings.ts';
import type { Upstreams } from './upstreams.ts';

/** What earlier flows taught about servers; shared by the workers. */
export interface ServerMemory {
  lookup(url: string, now: number): LearnedServer | undefined;
  remember(servers: readonly LearnedServer[]): void;
}

export interface ProxyServices {
  config: Config;
  log: Log;
  /** The snapshot in force; replaced whole on reload. */
  snapshot(): Snapshot;
  decide(flow: Flow, snapshot: Snapshot, previous?: Verdict): Verdict;
  emit(event: Event): void;
  identify(client: { address: string; port: number }, headers: readonly string[]): Principal;
  memory: ServerMemory;
  tools: ToolSightings;
  scanner: ContentScanner;
  findings: FindingRecords;
  /** Absent if calls are not stored. */
  calls?: CallRecords | undefined;
  resolver: Resolver;
  issuer: LeafIssuer;
  passthrough: Passthrough;
  upstreams: Upstreams;
  origin: EventOrigin;
  /** Where requests for approval are taken, and the link to ask about a blocked request; absent where they cannot be. */
  ask?: { door: AskDoor; link(eventId: string): string } | undefined;
  /** Epoch milliseconds. */
  now(): number;
}
