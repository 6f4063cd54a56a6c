// The store side of the main process: the engine (or a server by URL), its tables, the drain, and the spool for audit events.
//
// Nothing here stops the proxy: while ClickHouse is missing, starting, broken or out of reach, events wait in the spool, and the
// log says so. Tables are made as soon as somebody answers; until then the drain has no client.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../config.ts';
import type { AuditEvent, ServerFindingEvent } from '../engine/event.ts';
import { DaylightError } from '../errors.ts';
import type { Log } from '../log.ts';
import { connectStore, type Store } from './connect.ts';
import type { Reader } from './cursor.ts';
import { type DeletedRows, deleteUser } from './delete-user.ts';
import { type DrainStats, startDrain } from './drain.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { claimFolder } from './folder-claim.ts';
import { migrate } from './migrate.ts';
import { processIdentity } from './process-identity.ts';
import { getEvent } from './queries.ts';
import { applyRetention } from './retention.ts';
import type { StoredEvent } from './rows.ts';
import { openSpool, SEAL_ANYWAY_MS } from './spool.ts';
import { openToolLedger, type ToolLedger } from './tool-ledger.ts';
import { createToolWatch } from './tool-watch.ts';

export interface AuditEntry {
  /** Who; Daylight itself unless told. */
  actor?: string;
  action: string;
  objectType: string;
  objectId: string;
  reason: string;
  before?: string;
  after?: string;
  outcome?: AuditEvent['outcome'];
}

export interface EventStore {
  audit(entry: AuditEntry): void;
  status(): { ready: boolean; drain: DrainStats };
  /** Makes the tables keep rows as long as `config.store.retention` says by now; one that is not ready follows when it is. */
  retain(): Promise<void>;
  /** Deletes what is stored under these names (delete-user.ts). @throws DaylightError ERR_NOT_RUNNING, ERR_STORE */
  forget(names: readonly string[], waitMs: number): Promise<DeletedRows[]>;
  /** One event; undefined if it is not stored yet, or if ClickHouse does not answer within two seconds. */
  event(id: string): Promise<StoredEvent | undefined>;
  /** For queries; undefined while ClickHouse does not answer or its tables are not there. */
  reader(): ClickHouseClient | undefined;
  /** Resolves when ClickHouse answers and its tables are there, or after a wait when not. */
  settled(): Promise<void>;
  /** Delivers what is spooled as far as it can in a few seconds, then ends the engine. */
  close(): Promise<void>;
}

export interface EventStoreOptions {
  log: Log;
  sensor: string;
  /** Makes event ids. */
  newId(now: number): string;
  /** How long opening waits for ClickHouse before it goes on without it, milliseconds. */
  waitMs?: number;
  /** Opens those who read the spool besides ClickHouse; called when nobody else has the data folder. */
  openReaders?: () => Promise<readonly Reader[]>;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const START_WAIT_MS = 15_000;
const CLOSE_DRAIN_MS = 10_000;
const EVENT_MS = 2_000;

/**
 * Resolves when the store is ready, or after a wait when it is not: the appliance serves all the same.
 *
 * @throws DaylightError ERR_STORE if another appliance uses the data folder.
 */
export async function openEventStore(config: Config, options: EventStoreOptions): Promise<EventStore> {
  const { log, sensor, newId } = options;
  const dir = join(config.data, 'spool');
  let engine: Embedded | undefined;
  let store: Store | undefined;
  let client: ClickHouseClient | null = null;
  let closing = false;
  let spoolClosed = false;

  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const release = claimFolder(dir);
  const others = await openOthers();
  const spool = openSpool({
    dir,
    writer: processIdentity('main'),
    ...(others.length > 0 ? { sealAnywayMs: SEAL_ANYWAY_MS } : {}),
    onError: (error) => log.error({ err: error }, 'audit events and findings cannot be written to the spool'),
  });
  const ledger = openLedger();
  const watch = ledger && createToolWatch({ ledger, raise });
  const drain = startDrain({
    dir,
    client: () => client,
    database: config.clickhouse === 'embedded' ? 'daylight' : config.clickhouse.database,
    readers: watch ? [watch, ...others] : others,
    limitBytes: config.store.spoolLimit,
    onTrouble: ({ kind, message, cause }) => log[kind === 'retry' ? 'warn' : 'error']({ kind, err: cause }, message),
  });
  watch?.raiseWaiting().catch((error) => log.error({ err: error }, 'findings of before cannot be raised'));

  async function openOthers(): Promise<readonly Reader[]> {
    try {
      return (await options.openReaders?.()) ?? [];
    } catch (error) {
      release();
      throw error;
    }
  }

  function openLedger(): ToolLedger | undefined {
    try {
      return openToolLedger({ dir: config.data, newId, onBroken: (message, cause) => log.error({ err: cause }, message) });
    } catch (error) {
      log.error({ err: error }, 'the ledger of tools cannot be opened: tools are stored, changes of them go unnoticed');
      return undefined;
    }
  }

  async function raise(findings: readonly ServerFindingEvent[]): Promise<boolean> {
    if (spoolClosed) return false;
    for (const finding of findings) spool.append(finding);
    await spool.flush();
    for (const { finding, level, server_key, tool, summary } of findings)
      log.warn({ finding, level, server: server_key, tool }, summary);
    // A spool that was closed meanwhile may have given them up. Raised again they are the same rows.
    return !spoolClosed;
  }

  async function prepare(): Promise<void> {
    if (config.clickhouse === 'embedded') {
      engine = await startEmbedded({ dataDir: config.data, log, onRestart: () => void connect() });
      if (closing) return engine.stop();
      await engine.ready;
    }
    await connect();
  }

  /** Also called when an engine that did not start at first does so later. */
  async function connect(): Promise<void> {
    if (store || closing) return;
    store = connectStore(engine ?? (config.clickhouse as Exclude<Config['clickhouse'], 'embedded'>));
    for (let pause = FIRST_RETRY_MS; !closing; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      try {
        const applied = await migrate(store.writer, { database: store.database });
        if (applied.length > 0) log.info({ applied: applied.length }, 'tables created or changed');
        const changed = await applyRetention(store.writer, store.database, config.store.retention);
        if (changed.length > 0) log.info({ changed }, 'rows are kept for another time than before');
        client = store.writer;
        return;
      } catch (error) {
        log.error({ err: error }, 'the event tables are not ready; events wait in the spool');
        await new Promise((resolve) => setTimeout(resolve, pause).unref());
      }
    }
  }

  async function drainFor(ms: number): Promise<void> {
    if (client) await Promise.race([drain.idle(), new Promise((resolve) => setTimeout(resolve, ms).unref())]);
  }

  const prepared = prepare().catch((error) => log.error({ err: error }, 'there is no event store; events wait in the spool'));
  const settled = (waitMs: number): Promise<unknown> =>
    Promise.race([prepared, new Promise((resolve) => setTimeout(resolve, waitMs).unref())]);
  await settled(options.waitMs ?? START_WAIT_MS);

  return {
    audit(entry) {
      const now = Date.now();
      spool.append({
        kind: 'audit_log',
        ts: now,
        event_id: newId(now),
        tenant: config.tenant,
        sensor,
        actor: entry.actor ?? 'daylight',
        action: entry.action,
        object_type: entry.objectType,
        object_id: entry.objectId,
        outcome: entry.outcome ?? 'success',
        reason: entry.reason,
        before: entry.before ?? '',
        after: entry.after ?? '',
      });
    },
    status: () => ({ ready: client !== null, drain: drain.stats() }),
    async event(id) {
      if (!store || !client) return undefined;
      const found = getEvent(store.reader, id).catch((error) => {
        log.warn({ err: error, event: id }, 'a stored event cannot be read');
        return undefined;
      });
      return Promise.race([found, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), EVENT_MS).unref())]);
    },
    reader: () => (client ? store?.reader : undefined),
    async forget(names, waitMs) {
      if (!store || !client) throw new DaylightError('ERR_NOT_RUNNING', 'ClickHouse is not ready yet; try again in a moment');
      return deleteUser(store.writer, store.database, names, waitMs);
    },
    async retain() {
      if (store && client) await applyRetention(store.writer, store.database, config.store.retention);
    },
    settled: async () => void (await settled(START_WAIT_MS)),
    async close() {
      closing = true;
      // Twice: what the workers left can raise findings, which go through the spool themselves.
      await drainFor(CLOSE_DRAIN_MS / 2);
      spoolClosed = true;
      await spool.close();
      await drainFor(CLOSE_DRAIN_MS / 2);
      await drain.stop();
      ledger?.close();
      await store?.close();
      await engine?.stop();
      release();
    },
  };
}
