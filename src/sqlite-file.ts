// SQLite files in the data folder: written through to the disk, readable by their owner alone, usable by several processes. A file that
// is damaged is put aside, never overwritten, where its owner said what to tell.

import { chmodSync, closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const SETTINGS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;';
/** Milliseconds to wait for another process that writes. */
const BUSY_MS = 2_000;
/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED = new Set([11, 26]);

/**
 * Opens a file, and makes it if there is none.
 *
 * @param schema statements that make the tables that are missing
 * @param onDamaged told after a damaged file was put aside; without it, the error is thrown
 */
export function openSqlite(file: string, schema: string, onDamaged?: (aside: string, cause: unknown) => void): DatabaseSync {
  try {
    return open(file, schema);
  } catch (cause) {
    if (!onDamaged || !DAMAGED.has((cause as { errcode?: number }).errcode ?? 0)) throw cause;
    const aside = `${file}.broken`;
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
    onDamaged(aside, cause);
    return open(file, schema);
  }
}

function open(file: string, schema: string): DatabaseSync {
  // Made here first: SQLite would make it readable for everyone, and the files beside it get the mode of this one.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    database.exec(SETTINGS + schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** As {@link transaction}, and leaves no bytes of what was deleted in the file or beside it; those beside it go later while others read. */
export function erase<T>(database: DatabaseSync, act: () => T): T {
  database.exec('PRAGMA secure_delete = ON');
  const result = transaction(database, act);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return result;
}

/** Runs `act` in a transaction that holds the file from its beginning: what it reads stays true until it is done. */
export function transaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
