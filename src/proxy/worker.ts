// The data path of one worker process: everything an intercepted connection needs, put together.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { decide } from '../engine/decide.ts';
import type { Event } from '../engine/event.ts';
import type { LearnedServer } from '../engine/flow.ts';
import { compileSnapshot, type SnapshotSource } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { openCa } from './ca.ts';
import { createCallRecords } from './call-records.ts';
import { createContentScanner, scanTools } from './content-scan.ts';
import { createFindingRecords, type FindingRecordsOptions } from './finding-records.ts';
import { createAddressGuard } from './guard.ts';
import { identify } from './identify.ts';
import { createLeafIssuer } from './leaf.ts';
import { createListener } from './listener.ts';
import { createPassthrough } from './passthrough.ts';
import { createResolver } from './resolve.ts';
import { createServerMemory } from './server-memory.ts';
import type { ProxyServices } from './services.ts';
import { createToolSightings } from './tool-sightings.ts';
import { createUpstreams } from './upstreams.ts';
import { uuidv7 } from './uuid.ts';
import type { WorkerStart } from './workers.ts';

export interface ProxyWorker {
  /** Port listened on. */
  port: number;
  update(source: SnapshotSource): void;
  learn(servers: readonly LearnedServer[]): void;
  /** Opens the CA again: new connections get certificates of the one in force. */
  renewCa(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProxyWorkerOptions {
  log: Log;
  emit(event: Event): void;
  sensor: string;
  /** The secret of the installation: findings are told apart by hashes that nobody can make without it. */
  key: Buffer;
  publish(servers: readonly LearnedServer[]): void;
  /** Seals what DLP finds for the operator (FindingRecordsOptions). */
  seal?: FindingRecordsOptions['seal'];
  /** Epoch milliseconds; another clock for tests. */
  now?: () => number;
  /** The link to ask for approval of what was blocked. */
  askLink?(eventId: string): string;
}

/** @throws DaylightError on a configuration that cannot work, Error if the port cannot be listened on */
export async function startProxyWorker(start: WorkerStart, options: ProxyWorkerOptions): Promise<ProxyWorker> {
  const { config } = start;
  const { log, now = Date.now } = options;
  let snapshot = compileSnapshot(start.source);
  const ticketKeys = Buffer.from(start.ticketKeys, 'base64');
  const newIssuer = async () => createLeafIssuer(await openCa({ dir: config.certs }), { ticketKeys });
  const resolver = createResolver({ guard: createAddressGuard({ allowPrivate: config.proxy.upstream.allowPrivate }) });
  const upstreams = createUpstreams(config.proxy, resolver);
  const memory = createServerMemory(options.publish);
  memory.receive(start.learned);
  const origin = { tenant: config.tenant, sensor: options.sensor, excerpts: config.store.excerpts };
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
    decide,
    emit: options.emit,
    identify,
    memory,
    tools: createToolSightings({
      ...{ emit: options.emit, origin, now, newId: uuidv7, hide: findings.hideCredentials },
      onFault: (error) => log.error({ err: error }, 'the tools in an answer could not be read'),
    }),
    findings,
    calls: config.store.calls === 'on' ? calls : undefined,
    scanner: createContentScanner(tools, (error) => log.error({ err: error }, 'a DLP scan failed')),
    resolver,
    issuer: await newIssuer(),
    passthrough: createPassthrough({ baselineFile: baselineFile(config), configured: config.proxy.inspect.passthrough }),
    upstreams,
    origin,
    ask: start.ask && options.askLink && { door: start.ask, link: options.askLink },
    now,
  };
  const listener = createListener(services);
  await new Promise<void>((resolve, reject) => {
    listener.server.once('error', (error: NodeJS.ErrnoException) => {
      const place = `${start.host}:${start.port}`;
      const fix =
        error.code === 'EADDRINUSE' ? 'another program listens there; choose another with --proxy HOST:PORT' : error.message;
      reject(new DaylightError('ERR_LISTEN', `The proxy cannot listen on ${place}: ${fix}.`, { cause: error }));
    });
    listener.server.listen({ host: start.host, port: start.port, backlog: 1024 }, () => {
      listener.server.removeAllListeners('error');
      resolve();
    });
  });
  const address = listener.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : start.port,
    update(source) {
      snapshot = compileSnapshot(source);
      log.info({ snapshot: snapshot.id }, 'rules and policy replaced');
    },
    learn: (servers) => memory.receive(servers),
    async renewCa() {
      services.issuer = await newIssuer();
    },
    async stop() {
      await listener.stop(config.proxy.timeouts.drain);
      upstreams.close();
      await findings.settled();
      await calls.settled();
    },
  };
}

/** The shipped list of hosts that pin certificates lies beside the rules. */
function baselineFile(config: Config): string {
  const own = join(config.rules, 'passthrough.yml');
  try {
    readFileSync(own);
    return own;
  } catch {
    return join(import.meta.dirname, '../../rules/passthrough.yml');
  }
}
