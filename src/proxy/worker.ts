// The data path of one worker process: everything an intercepted connection needs, put together.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { decide } from '../engine/decide.ts';
import type { Event, HttpFlowEvent } from '../engine/event.ts';
import type { LearnedServer } from '../engine/flow.ts';
import { compileSnapshot, type SnapshotSource } from '../engine/snapshot.ts';
import type { Log } from '../log.ts';
import { add, addDecision, createWorkerCounts, type WorkerCounts } from '../worker-counts.ts';
import { openCa } from './ca.ts';
import { createCallRecords } from './call-records.ts';
import { type ContentScanner, createContentScanner, scanTools } from './content-scan.ts';
import { createFindingRecords, type FindingRecordsOptions } from './finding-records.ts';
import { createAddressGuard } from './guard.ts';
import { createAttemptPace } from './identify/attempt-pace.ts';
import { createIdentify } from './identify/identify.ts';
import { createIdentityData, type IdentityChange } from './identify/identity-data.ts';
import { withheldFields } from './identify/trusted-header.ts';
import { tokenPage } from './identify/unidentified.ts';
import { createLeafIssuer } from './leaf.ts';
import { openListener } from './listener.ts';
import { createPassthrough, type Passthrough } from './passthrough.ts';
import type { Place } from './places.ts';
import { loadRelays } from './relays.ts';
import { createResolver } from './resolve.ts';
import { createRoute } from './route.ts';
import { createServerMemory } from './server-memory.ts';
import type { ProxyServices } from './services.ts';
import { createToolSightings } from './tool-sightings.ts';
import { createUpstreams } from './upstreams.ts';
import { uuidv7 } from './uuid.ts';
import type { WorkerStart } from './worker-messages.ts';

export interface ProxyWorker {
  /** Where it listens; the proxy's own port first. */
  places: readonly Place[];
  update(source: SnapshotSource): void;
  learn(servers: readonly LearnedServer[]): void;
  /** Takes over who is who. */
  identify(change: IdentityChange): void;
  /** Ids of the proxy tokens that were used since the last call. */
  takeUsedTokens(): string[];
  /** Opens the CA again: new connections get certificates of the one in force. */
  renewCa(): Promise<void>;
  /**
   * Ends when no exchange is open, or after `drainMs`. Asked again, the shorter time counts.
   *
   * @param gently others serve new clients already: idle connections may stay until their next answer
   */
  stop(drainMs?: number, gently?: boolean): Promise<void>;
}

export interface ProxyWorkerOptions {
  log: Log;
  emit(event: Event): void;
  noteClient(event: HttpFlowEvent): void;
  sensor: string;
  /** The secret of the installation: findings are told apart by hashes that nobody can make without it. */
  key: Buffer;
  publish(servers: readonly LearnedServer[]): void;
  /** Seals what DLP finds for the operator (FindingRecordsOptions). */
  seal?: FindingRecordsOptions['seal'];
  counts?: WorkerCounts;
  /** Epoch milliseconds; another clock for tests. */
  now?: () => number;
  /** The link to ask for approval of what was blocked. */
  askLink?(eventId: string): string;
}

/** @throws DaylightError on a configuration that cannot work, Error if the port cannot be listened on */
export async function startProxyWorker(start: WorkerStart, options: ProxyWorkerOptions): Promise<ProxyWorker> {
  const { config } = start;
  const { log, now = Date.now, counts = createWorkerCounts() } = options;
  let snapshot = compileSnapshot(start.source);
  const ticketKeys = Buffer.from(start.ticketKeys, 'base64');
  const newIssuer = async () => createLeafIssuer(await openCa({ dir: config.certs }), { ticketKeys });
  const resolver = createResolver({ guard: createAddressGuard({ allowPrivate: config.proxy.upstream.allowPrivate }) });
  const route = createRoute(config.proxy, resolver, instanceOf(ticketKeys));
  const upstreams = createUpstreams(config.proxy, route);
  const memory = createServerMemory(options.publish);
  memory.receive(start.learned);
  const origin = {
    tenant: config.tenant,
    sensor: options.sensor,
    excerpts: config.store.excerpts,
    relayOf: loadRelays(shippedFile(config, 'relays.yml')),
  };
  const identities = createIdentityData(start.identity, now);
  const tools = scanTools(options.key);
  const findings = createFindingRecords({
    ...{ emit: options.emit, origin, tools, seal: options.seal, newId: uuidv7, snapshot: () => snapshot },
    onFault: (error) => log.error({ err: error }, 'what DLP found could not be sealed'),
  });
  const calls = createCallRecords({
    ...{ emit: options.emit, origin, now, newId: uuidv7, snapshot: () => snapshot },
    onFault: (error) => log.error({ err: error }, 'a call could not be read'),
  });
  const services: ProxyServices = {
    config,
    log,
    snapshot: () => snapshot,
    decide(flow, snapshot, previous) {
      const begun = performance.now();
      const verdict = decide(flow, snapshot, previous);
      addDecision(counts, (performance.now() - begun) / 1000);
      return verdict;
    },
    emit: options.emit,
    noteClient: options.noteClient,
    identify: createIdentify(config.identity, { ...identities, pace: createAttemptPace(now), now }),
    unidentified: { realm: config.identity.realm, where: tokenPage(config) },
    withheld: withheldFields(config.identity.header),
    memory,
    tools: createToolSightings({
      ...{ emit: options.emit, origin, now, newId: uuidv7, hide: findings.hideCredentials },
      onFault: (error) => log.error({ err: error }, 'the tools in an answer could not be read'),
    }),
    findings,
    calls: config.store.calls === 'on' ? calls : undefined,
    scanner: countScans(
      createContentScanner(tools, (error) => log.error({ err: error }, 'a DLP scan failed')),
      counts,
    ),
    route,
    issuer: await newIssuer(),
    passthrough: passthroughOf(config, start.source),
    upstreams,
    origin,
    door: start.door,
    askLink: start.door?.asks ? options.askLink : undefined,
    counts,
    now,
  };
  const listener = await openListener(services, start.places);
  return {
    places: listener.places,
    update(source) {
      snapshot = compileSnapshot(source);
      services.passthrough = passthroughOf(config, source);
      log.info({ snapshot: snapshot.id }, 'rules and policy replaced');
    },
    learn: (servers) => memory.receive(servers),
    identify: identities.apply,
    takeUsedTokens: identities.tokens.takeUsed,
    async renewCa() {
      services.issuer = await newIssuer();
      await listener.renew();
    },
    async stop(drainMs = config.proxy.timeouts.drain, gently = false) {
      await listener.stop(drainMs, gently);
      upstreams.close();
      await findings.settled();
      await calls.settled();
    },
  };
}

function countScans(scanner: ContentScanner, counts: WorkerCounts): ContentScanner {
  return {
    scan(content, coverage, session, done, wanted) {
      const counted: typeof done = (result) => {
        add(counts, 'dlp_scans');
        if (result.findings.length > 0) add(counts, 'dlp_findings', result.findings.length);
        if (result.truncated !== '') add(counts, `dlp_truncated ${result.truncated}`);
        done(result);
      };
      scanner.scan(content, coverage, session, counted, wanted);
    },
  };
}

function passthroughOf(config: Config, { policy }: SnapshotSource): Passthrough {
  const baselineFile = shippedFile(config, 'passthrough.yml');
  return createPassthrough({
    baselineFile,
    configured: config.proxy.inspect.passthrough,
    listed: policy.passthrough?.hosts ?? [],
  });
}

/** A list that lies beside the rules, or else the one that Daylight brings. */
function shippedFile(config: Config, name: string): string {
  const own = join(config.rules, name);
  return existsSync(own) ? own : join(import.meta.dirname, '../../rules', name);
}

/** Tells this appliance from others, the same in all its workers, and tells nothing of the keys. */
function instanceOf(ticketKeys: Buffer): string {
  return createHash('sha256').update('instance').update(ticketKeys).digest('hex').slice(0, 16);
}
