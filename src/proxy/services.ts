// What the data path needs from the rest of Daylight, handed in by the composition root.

import type { Config } from '../config.ts';
import type { Event, EventOrigin, HttpFlowEvent } from '../engine/event.ts';
import type { Flow, LearnedServer } from '../engine/flow.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { Log } from '../log.ts';
import type { WorkerCounts } from '../worker-counts.ts';
import type { CallRecords } from './call-records.ts';
import type { ContentScanner } from './content-scan.ts';
import type { FindingRecords } from './finding-records.ts';
import type { Identify } from './identify/identify.ts';
import type { UnidentifiedOptions } from './identify/unidentified.ts';
import type { LeafIssuer } from './leaf.ts';
import type { OwnDoor } from './own-relay.ts';
import type { Passthrough } from './passthrough.ts';
import type { Route } from './route.ts';
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
  /** Counts what was seen of a client for Coverage, and stores no event. */
  noteClient(event: HttpFlowEvent): void;
  /** Who makes a request, from its head before anything is taken out of it. */
  identify: Identify;
  /** What those are told who need a user and have none. */
  unidentified: UnidentifiedOptions;
  /** Request fields that say who somebody is, in lower case: they end here, and nothing that comes later sees them. */
  withheld: readonly string[];
  memory: ServerMemory;
  tools: ToolSightings;
  scanner: ContentScanner;
  findings: FindingRecords;
  /** Absent if calls are not stored. */
  calls?: CallRecords | undefined;
  route: Route;
  issuer: LeafIssuer;
  passthrough: Passthrough;
  upstreams: Upstreams;
  origin: EventOrigin;
  /** What this worker counts for the metrics. */
  counts: WorkerCounts;
  /** Where the pages of the appliance's own host are; absent in parts that have none. */
  door?: OwnDoor | undefined;
  /** The link to ask about a blocked request; absent where requests cannot be taken. */
  askLink?: ((eventId: string) => string) | undefined;
  /** Epoch milliseconds. */
  now(): number;
}
