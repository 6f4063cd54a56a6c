// Brings the database to the schema of this version: the files of sql/ in order, each exactly once. A view counts the rows
// that its source has already (backfill.ts).
//
// Order: server version, database, list of applied files, checksums of those, then the rest. Forward only: an applied file
// that differs from ours, or that we do not know, stops the appliance before it writes anything.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClickHouseClient } from '@clickhouse/client';
import { DaylightError } from '../errors.ts';
import { asksForBackfill, backfill } from './backfill.ts';

export interface Migration {
  version: number;
  name: string;
  /** SQL with the placeholders {db} {on_cluster} {engine} {dedup}; one statement. */
  template: string;
  checksum: string;
}

export interface MigrateOptions {
  database: string;
  /** ClickHouse cluster name; '' for a single server. */
  cluster?: string;
  migrations?: readonly Migration[];
}

/** Text indexes are stable since 26.2. */
const OLDEST_SERVER = [26, 2] as const;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The migrations of this version. */
export function loadMigrations(folder: string = fileURLToPath(new URL('./sql/', import.meta.url))): Migration[] {
  const files = readdirSync(folder).filter((file) => /^\d{4}-.+\.sql$/.test(file));
  return files.sort().map((file) => {
    const template = readFileSync(`${folder}/${file}`, 'utf8');
    const checksum = createHash('sha256').update(template).digest('hex');
    return { version: Number(file.slice(0, 4)), name: file.slice(5, -4), template, checksum };
  });
}

/**
 * The statement for one server or for a cluster. A lone server remembers inserts and syncs them to disk; a cluster
 * remembers them for a week, so that a segment that waited that long is still not stored twice.
 */
export function renderSql(template: string, database: string, cluster = ''): string {
  const single = ',\n  non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1';
  const many = ',\n  replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800';
  return template
    .replaceAll('{db}', database)
    .replaceAll('{on_cluster}', cluster ? `ON CLUSTER ${cluster}` : '')
    .replaceAll('{engine}', cluster ? 'Replicated' : '')
    .replaceAll('{dedup}', cluster ? many : single)
    .trim();
}

/**
 * Runs what is missing.
 *
 * @returns names of the migrations that were applied now.
 * @throws DaylightError ERR_MIGRATION
 */
export async function migrate(client: ClickHouseClient, options: MigrateOptions): Promise<string[]> {
  const { database, cluster = '', migrations = loadMigrations() } = options;
  for (const name of [database, cluster]) {
    if (name !== '' && !NAME.test(name)) throw failure(`"${name}" is no database or cluster name: use letters, digits and _`);
  }
  await requireVersion(client);
  await run(client, 'database', `CREATE DATABASE IF NOT EXISTS {db} {on_cluster}`);
  await run(client, 'schema_migrations', LEDGER);
  const applied = await appliedTo(client, database);
  for (const [version, { name, checksum }] of applied) {
    const ours = migrations.find((migration) => migration.version === version);
    if (!ours)
      throw failure(
        `database ${database} has migration ${version} (${name}), which this version does not know. Use a newer Daylight`,
      );
    if (ours.checksum !== checksum) {
      throw failure(
        `migration ${version} (${name}) was applied to database ${database} in another form. Restore sql/ from the release`,
      );
    }
  }
  const missing = migrations.filter((migration) => !applied.has(migration.version));
  for (const { version, name, template, checksum } of missing) {
    if (asksForBackfill(template)) await fill(name, template);
    await run(client, name, template);
    const values = [{ version, name, checksum }];
    await client.insert({
      table: `${database}.schema_migrations`,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
  }
  return missing.map((migration) => migration.name);

  function run(to: ClickHouseClient, name: string, template: string): Promise<unknown> {
    const query = renderSql(template, database, cluster);
    return attempt(name, () => to.command({ query, clickhouse_settings: { wait_end_of_query: 1 } }));
  }

  function fill(name: string, template: string): Promise<void> {
    const sql = renderSql(template, database, cluster);
    return attempt(`${name} (rows of before)`, () =>
      backfill(client, database, sql, renderSql('{on_cluster}', database, cluster)),
    );
  }

  async function attempt<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw failure(`migration ${name} failed on database ${database}: ${(cause as Error).message}`, cause);
    }
  }
}

const LEDGER = `CREATE TABLE IF NOT EXISTS {db}.schema_migrations {on_cluster}
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = {engine}MergeTree ORDER BY version`;

async function appliedTo(client: ClickHouseClient, database: string): Promise<Map<number, { name: string; checksum: string }>> {
  const query = `SELECT version, name, checksum FROM ${database}.schema_migrations ORDER BY version, applied_at`;
  const result = await client.query({ query, format: 'JSONEachRow' });
  const rows = await result.json<{ version: number; name: string; checksum: string }>();
  return new Map(rows.map((row) => [row.version, row]));
}

async function requireVersion(client: ClickHouseClient): Promise<void> {
  const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
  const version = (await result.json<{ version: string }>())[0]?.version ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor >= OLDEST_SERVER[1])) return;
  throw failure(`ClickHouse ${version} is too old: Daylight needs ${OLDEST_SERVER.join('.')} or later`);
}

function failure(message: string, cause?: unknown): DaylightError {
  return new DaylightError('ERR_MIGRATION', message, { cause });
}
