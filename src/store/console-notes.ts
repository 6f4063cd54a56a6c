// What people note in the console: SQLite in `<data>/console.sqlite`. Who looks after which server, how far they are with which finding, and
// when each of them looked last.

import { join } from 'node:path';
import { DaylightError } from '../errors.ts';
import { erase, openSqlite, transaction } from '../sqlite-file.ts';

export interface ServerReview {
  serverKey: string;
  state: 'new' | 'in-review';
  owner: string;
  note: string;
}

export interface FindingNote {
  id: string;
  state: 'new' | 'acknowledged' | 'resolved';
  assignee: string;
  note: string;
  /** When the state was changed last, epoch milliseconds; 0 if never. */
  changed: number;
}

/** What is absent stays as it is. */
type Change<T, Required extends keyof T = never> = { [K in keyof T]?: T[K] | undefined } & Pick<T, Required>;

export interface Before<T> {
  before: T;
  after: T;
}

export interface ConsoleNotes {
  reviews(): Map<string, ServerReview>;
  review(change: Change<ServerReview, 'serverKey' | 'state'>, by: string, now: number): Before<ServerReview>;
  findingNotes(): Map<string, FindingNote>;
  noteFinding(id: string, change: Change<Omit<FindingNote, 'id' | 'changed'>>, by: string, now: number): Before<FindingNote>;
  /** Epoch milliseconds; 0 for somebody who never looked. */
  lastLook(name: string): number;
  looked(name: string, now: number): void;
  /** Deletes notes on findings, and when a person looked; where they are named as owner, assignee or author, `alias` stands for them. */
  forget(findings: ReadonlySet<string>, isPerson: (name: string) => boolean, alias: string): { deleted: number; renamed: number };
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS review (
    server_key TEXT PRIMARY KEY, state TEXT NOT NULL, owner TEXT NOT NULL, note TEXT NOT NULL, by TEXT NOT NULL, time INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS finding (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, assignee TEXT NOT NULL, note TEXT NOT NULL, changed INTEGER NOT NULL,
    by TEXT NOT NULL, time INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS look (name TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Columns that name people. */
const NAMES = [
  ['review', 'owner'],
  ['review', 'by'],
  ['finding', 'assignee'],
  ['finding', 'by'],
] as const;

/**
 * @param onBroken told when a damaged file was put aside; commands leave it out and get the error
 * @throws DaylightError ERR_STORE
 */
export function openConsoleNotes(dir: string, onBroken?: (message: string, cause: unknown) => void): ConsoleNotes {
  const file = join(dir, 'console.sqlite');
  try {
    const database = openSqlite(
      file,
      SCHEMA,
      onBroken &&
        ((aside, cause) =>
          onBroken(
            `${file} cannot be read and was put aside as ${aside}: reviews of servers and notes on findings begin anew`,
            cause,
          )),
    );
    return notesIn(database);
  } catch (cause) {
    throw new DaylightError('ERR_STORE', `cannot open ${file}: ${(cause as Error).message}. Check the data folder (--data)`, {
      cause,
    });
  }
}

function notesIn(database: ReturnType<typeof openSqlite>): ConsoleNotes {
  const allReviews = database.prepare('SELECT server_key AS serverKey, state, owner, note FROM review');
  const oneReview = database.prepare('SELECT server_key AS serverKey, state, owner, note FROM review WHERE server_key = ?');
  const putReview = database.prepare(
    'INSERT OR REPLACE INTO review (server_key, state, owner, note, by, time) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const allFindings = database.prepare('SELECT id, state, assignee, note, changed FROM finding');
  const oneFinding = database.prepare('SELECT id, state, assignee, note, changed FROM finding WHERE id = ?');
  const putFinding = database.prepare(
    'INSERT OR REPLACE INTO finding (id, state, assignee, note, changed, by, time) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const look = database.prepare('SELECT time FROM look WHERE name = ?');
  const putLook = database.prepare('INSERT OR REPLACE INTO look (name, time) VALUES (?, ?)');

  return {
    reviews: () => new Map((allReviews.all() as unknown as ServerReview[]).map((each) => [each.serverKey, { ...each }])),
    review: ({ serverKey, state, owner, note }, by, now) =>
      transaction(database, () => {
        const found = oneReview.get(serverKey) as ServerReview | undefined;
        const before: ServerReview = found ? { ...found } : { serverKey, state: 'new', owner: '', note: '' };
        const after = { serverKey, state, owner: owner ?? before.owner, note: note ?? before.note };
        putReview.run(serverKey, after.state, after.owner, after.note, by, now);
        return { before, after };
      }),
    findingNotes: () => new Map((allFindings.all() as unknown as FindingNote[]).map((each) => [each.id, { ...each }])),
    noteFinding: (id, { state, assignee, note }, by, now) =>
      transaction(database, () => {
        const found = oneFinding.get(id) as FindingNote | undefined;
        const before: FindingNote = found ? { ...found } : { id, state: 'new', assignee: '', note: '', changed: 0 };
        const after: FindingNote = {
          id,
          state: state ?? before.state,
          assignee: assignee ?? before.assignee,
          note: note ?? before.note,
          changed: state === undefined ? before.changed : now,
        };
        putFinding.run(id, after.state, after.assignee, after.note, after.changed, by, now);
        return { before, after };
      }),
    lastLook: (name) => Number(look.get(name)?.time ?? 0),
    looked: (name, now) => void putLook.run(name, now),
    forget: (findings, isPerson, alias) =>
      erase(database, () => {
        const theirs = database
          .prepare('SELECT id FROM finding')
          .all()
          .filter(({ id }) => findings.has(String(id)));
        const remove = database.prepare('DELETE FROM finding WHERE id = ?');
        for (const { id } of theirs) remove.run(id!);
        const looks = database
          .prepare('SELECT name FROM look')
          .all()
          .filter(({ name }) => isPerson(String(name)));
        const removeLook = database.prepare('DELETE FROM look WHERE name = ?');
        for (const { name } of looks) removeLook.run(name!);
        let renamed = 0;
        for (const [table, column] of NAMES) {
          const found = database.prepare(`SELECT DISTINCT ${column} AS name FROM ${table}`).all();
          const rename = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`);
          for (const { name } of found.filter((row) => row.name !== alias && isPerson(String(row.name))))
            renamed += Number(rename.run(alias, name!).changes);
        }
        return { deleted: theirs.length + looks.length, renamed };
      }),
    close: () => database.close(),
  };
}
