// The rule packs that ran here: SQLite in `<data>/packs.sqlite`. An upgrade replaces the files of the pack, so what ran before can only be
// told from what was kept. The oldest packs are forgotten first.

import { join } from 'node:path';
import type { KeptPack, RulePacks } from '../rule-pack.ts';
import { openSqlite, transaction } from '../sqlite-file.ts';

const LIMIT = 20;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pack (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL,
    daylight TEXT NOT NULL, texts TEXT NOT NULL
  );
`;

/**
 * @param onBroken told when a damaged file was put aside
 * @throws Error if the file can be neither opened nor made
 */
export function openRulePacks(dataDir: string, onBroken: (message: string, cause: unknown) => void): RulePacks {
  const file = join(dataDir, 'packs.sqlite');
  const database = openSqlite(file, SCHEMA, (aside, cause) =>
    onBroken(`${file} is damaged and was put aside as ${aside}: the history of rule packs begins anew`, cause),
  );
  const newest = database.prepare('SELECT * FROM pack ORDER BY number DESC LIMIT ?');
  const upTo = database.prepare('SELECT * FROM pack WHERE number <= ? ORDER BY number DESC LIMIT 2');
  const add = database.prepare('INSERT INTO pack (time, id, version, daylight, texts) VALUES (?, ?, ?, ?, ?)');
  const forget = database.prepare('DELETE FROM pack WHERE number <= (SELECT max(number) FROM pack) - ?');

  return {
    list: () => newest.all(LIMIT).map(packOfRow),
    get(number) {
      const [pack, before] = upTo.all(number).map(packOfRow);
      return pack?.number === number ? { pack, before } : undefined;
    },
    keep: (pack, daylight, time) =>
      transaction(database, () => {
        const [before] = newest.all(1).map(packOfRow);
        if (before?.id === pack.id) return undefined;
        const { id, version, texts } = pack;
        const number = Number(add.run(time, id, version, daylight, JSON.stringify(texts)).lastInsertRowid);
        forget.run(LIMIT);
        return { pack: { ...pack, number, time, daylight }, before };
      }),
    close: () => database.close(),
  };
}

function packOfRow(row: Record<string, unknown>): KeptPack {
  const [id, version, daylight] = [String(row.id), String(row.version), String(row.daylight)];
  const texts = JSON.parse(String(row.texts)) as Record<string, string>;
  return { number: Number(row.number), time: Number(row.time), id, version, daylight, texts };
}
