// The database of a test: the embedded ClickHouse engine with Daylight's tables, in a folder of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectStore, type Store } from '../../src/store/connect.ts';
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts';
import { loadMigrations, migrate } from '../../src/store/migrate.ts';

export interface TemporaryStore extends Store {
  /** Data directory of the engine; tests may put more into it. */
  dir: string;
  engine: Embedded;
  /** Inserts events as they are spooled. */
  insert(table: string, events: readonly object[]): Promise<void>;
  /** Stops the engine, too, and deletes the folder. */
  close(): Promise<void>;
}

/** @param options.version of the newest migration to apply; all of them if absent */
export async function openTemporaryStore({ version = Number.POSITIVE_INFINITY } = {}): Promise<TemporaryStore> {
  const dir = await mkdtemp(join(tmpdir(), 'daylight-store-'));
  const engine = await startEmbedded({ dataDir: dir, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const stop = async (): Promise<void> => {
    await engine.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await engine.ready;
    const store = connectStore(engine);
    const migrations = loadMigrations().filter((each) => each.version <= version);
    await migrate(store.writer, { database: store.database, migrations });
    const close = async (): Promise<void> => {
      await store.close();
      await stop();
    };
    return { ...store, dir, engine, close, insert: (table, events) => insert(store, table, events) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function insert({ writer, database }: Store, table: string, events: readonly object[]): Promise<void> {
  const values = events.map((event) => ({ ...event, kind: undefined }));
  const settings = { date_time_input_format: 'best_effort', async_insert: 0 } as const;
  await writer.insert({ table: `${database}.${table}`, values, format: 'JSONEachRow', clickhouse_settings: settings });
}
