// ClickHouse clients, the same for the embedded engine and for a server: one that writes, one that can only read.

import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Config } from '../config.ts';
import { connectionTo, readConnection, type StoreConnection } from './connection.ts';

export interface Store {
  /** For migrations and the drain; names tables as `database.table`. */
  writer: ClickHouseClient;
  /** For queries; its default database is the store's. */
  reader: ClickHouseClient;
  database: string;
  close(): Promise<void>;
}

/** Pinned: the default changed in 25.8, and numbers beyond 2^53 would lose digits. */
const SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
};

/** Limits of queries where no user has any. Those of the embedded engine are part of its users. */
const LIMITS: ClickHouseSettings = {
  readonly: '2',
  max_execution_time: 10,
  max_result_rows: '1000000',
  max_memory_usage: '1000000000',
};

/** A user of its own brings its limits along, and may not set `readonly` (docs/explain/storage.md). */
function readingSettings({ embedded, reader, writer }: StoreConnection): ClickHouseSettings {
  return embedded || reader.username !== writer.username ? {} : LIMITS;
}

/** Connects lazily: nothing is sent until the first query. */
export function connectStore(target: StoreConnection | Exclude<Config['clickhouse'], 'embedded'>): Store {
  const connection = 'writer' in target ? target : connectionTo(target);
  const common = {
    url: connection.url,
    application: 'daylight',
    // The client's own logger prints a stack for every failed ping.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: 60_000,
    // On loopback compressing costs more than it saves.
    compression: { request: !connection.embedded, response: false },
  };
  const writer = createClient({ ...common, ...connection.writer, clickhouse_settings: SETTINGS });
  const reader = createClient({
    ...common,
    ...connection.reader,
    database: connection.database,
    clickhouse_settings: { ...SETTINGS, ...readingSettings(connection) },
  });
  return {
    writer,
    reader,
    database: connection.database,
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

/**
 * Connects a command to the store of the appliance that `config` describes.
 *
 * @throws DaylightError ERR_NOT_RUNNING if the store is embedded and no appliance runs.
 */
export function openStore(config: Pick<Config, 'data' | 'clickhouse'>): Store {
  return connectStore(config.clickhouse === 'embedded' ? readConnection(config.data) : config.clickhouse);
}
