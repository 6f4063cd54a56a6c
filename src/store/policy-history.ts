// Every version of local policy: SQLite in `<data>/policy.sqlite`.
//
// Commands that edit policy, and the running appliance when files changed, keep what the files then hold. Each does so alone (a
// transaction held meanwhile), so that a change is kept once and under the name of who made it. Texts that versions share are
// kept once. The oldest versions are forgotten first.

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaylightError } from '../errors.ts';
import { contentId } from '../policy-files/policy-texts.ts';
import type { PolicyHistory, PolicyVersion } from '../policy-files/policy-version.ts';
import { openSqlite } from '../sqlite-file.ts';

export interface PolicyHistoryOptions {
  /** A damaged file was put aside. */
  onBroken(message: string, cause: unknown): void;
  /** Versions kept. */
  limit?: number;
}

const LIMIT = 1_000;
const PATIENCE_MS = 15_000;
const POLL_MS = 25;
const SQLITE_BUSY = 5;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS text (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS version (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, id TEXT NOT NULL,
    actor TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS version_text (
    number INTEGER NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (number, name)
  ) WITHOUT ROWID;
`;

/** @throws Error if the file can be neither opened nor made */
export function openPolicyHistory(dataDir: string, { onBroken, limit = LIMIT }: PolicyHistoryOptions): PolicyHistory {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'policy.sqlite');
  const database = openSqlite(file, SCHEMA, (aside, cause) =>
    onBroken(`${file} is damaged and was put aside as ${aside}: the history of policy begins anew`, cause),
  );
  const newest = database.prepare('SELECT * FROM version ORDER BY number DESC LIMIT ?');
  const one = database.prepare('SELECT * FROM version WHERE number = ?');
  const older = database.prepare('SELECT * FROM version WHERE number < ? ORDER BY number DESC LIMIT 1');
  const textsOf = database.prepare('SELECT name, body FROM version_text JOIN text USING (hash) WHERE number = ?');
  const add = database.prepare('INSERT INTO version (time, id, actor, action, object, reason) VALUES (?, ?, ?, ?, ?, ?)');
  const addText = database.prepare('INSERT OR IGNORE INTO text (hash, body) VALUES (?, ?)');
  const addName = database.prepare('INSERT INTO version_text (number, name, hash) VALUES (?, ?, ?)');
  const forget = [
    'DELETE FROM version WHERE number <= (SELECT max(number) FROM version) - ?1',
    'DELETE FROM version_text WHERE number <= (SELECT max(number) FROM version) - ?1',
  ].map((sql) => database.prepare(sql));
  const forgetTexts = database.prepare('DELETE FROM text WHERE hash NOT IN (SELECT hash FROM version_text)');
  let turn: Promise<unknown> = Promise.resolve();

  function versionOf(row: Record<string, unknown> | undefined): PolicyVersion | undefined {
    if (row === undefined) return undefined;
    const texts = Object.fromEntries(textsOf.all(Number(row.number)).map(({ name, body }) => [String(name), String(body)]));
    const [id, actor, action, object, reason] = [row.id, row.actor, row.action, row.object, row.reason].map(String) as [
      string,
      string,
      string,
      string,
      string,
    ];
    return { number: Number(row.number), time: Number(row.time), id, actor, action, object, reason, texts };
  }

  const latest = (): PolicyVersion | undefined => versionOf(newest.get(1));

  return {
    list: (count) => newest.all(count).map((row) => versionOf(row)!),
    get: (number) => versionOf(one.get(number)),
    before: (number) => versionOf(older.get(number)),
    keep(texts, { actor, action, object, reason }, time) {
      const before = latest();
      const id = contentId(texts);
      if (before?.id === id) return undefined;
      const number = Number(add.run(time, id, actor, action, object, reason).lastInsertRowid);
      for (const [name, body] of Object.entries(texts)) {
        const hash = createHash('sha256').update(body).digest('hex');
        addText.run(hash, body);
        addName.run(number, name, hash);
      }
      if (forget.map((statement) => Number(statement.run(limit).changes)).some((count) => count > 0)) forgetTexts.run();
      return { kept: { number, time, id, actor, action, object, reason, texts }, before };
    },
    alone(act) {
      const run = turn.then(() => inTransaction(database, file, act));
      turn = run.catch(() => {});
      return run;
    },
    close: () => database.close(),
  };
}

async function inTransaction<T>(database: DatabaseSync, file: string, act: () => Promise<T>): Promise<T> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
      break;
    } catch (cause) {
      if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
      if (Date.now() > giveUp) {
        throw new DaylightError(
          'ERR_STORE',
          `${file}: another process has been changing policy for ${PATIENCE_MS / 1000} s; try again`,
          { cause },
        );
      }
      await sleep(POLL_MS);
    }
  }
  try {
    const result = await act();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
