// The accounts as they are stored. Who may change them, and what is written down about it, is decided above (access.ts).

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type Account, nameProblem, type Role } from '../account.ts';
import { DaylightError } from '../errors.ts';
import { transaction } from '../sqlite-file.ts';

export interface StoredAccount {
  id: number;
  name: string;
  role: Role;
  provider: Account['provider'];
  /** Issuer and subject, for accounts of an OpenID provider. */
  subject: string | null;
  /** '' without one. */
  password: string;
  /** Sealed; '' without one. */
  totp: string;
  totp_offer: string;
  /** The last step whose code was used. */
  totp_counter: number;
  created: number;
  last_sign_in: number;
}

export interface Accounts {
  list(): StoredAccount[];
  byId(id: number): StoredAccount | undefined;
  /** Capitals do not count. */
  byName(name: string): StoredAccount | undefined;
  bySubject(subject: string): StoredAccount | undefined;
  /** @throws DaylightError ERR_USAGE for a name that is none, or is taken */
  add(account: Pick<StoredAccount, 'name' | 'role' | 'provider' | 'password' | 'subject'>): StoredAccount;
  set(id: number, change: Partial<Omit<StoredAccount, 'id'>>): void;
  remove(id: number): void;
  /** Gives a role, or removes the account (undefined). @throws DaylightError ERR_USAGE when no administrator would be left */
  dismiss(id: number, to: Role | undefined): void;
}

const COLUMNS = [
  'name',
  'role',
  'provider',
  'subject',
  'password',
  'totp',
  'totp_offer',
  'totp_counter',
  'last_sign_in',
] as const;

/** @param now epoch milliseconds */
export function createAccounts(database: DatabaseSync, now: () => number): Accounts {
  const all = database.prepare('SELECT * FROM account ORDER BY name');
  const byId = database.prepare('SELECT * FROM account WHERE id = ?');
  const byName = database.prepare('SELECT * FROM account WHERE name = ?');
  const bySubject = database.prepare('SELECT * FROM account WHERE subject = ?');
  const insert = database.prepare(
    'INSERT INTO account (name, role, provider, subject, password, created) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const admins = database.prepare("SELECT count(*) AS n FROM account WHERE role = 'admin' AND id <> ?");
  const remove = database.prepare('DELETE FROM account WHERE id = ?');

  const one = (row: Record<string, SQLOutputValue> | undefined) => row as StoredAccount | undefined;
  /** Somebody has to be able to let others in. */
  function keepAnAdministrator(id: number): void {
    if (Number(admins.get(id)!.n) > 0 || one(byId.get(id))?.role !== 'admin') return;
    throw new DaylightError('ERR_USAGE', 'this is the last administrator; make somebody else an administrator first');
  }
  function set(id: number, change: Partial<Omit<StoredAccount, 'id'>>): void {
    const keys = COLUMNS.filter((key) => change[key] !== undefined);
    const values = keys.map((key) => change[key] ?? null);
    database.prepare(`UPDATE account SET ${keys.map((key) => `${key} = ?`).join(', ')} WHERE id = ?`).run(...values, id);
  }

  return {
    list: () => all.all().map((row) => one(row)!),
    byId: (id) => one(byId.get(id)),
    byName: (name) => one(byName.get(name.normalize('NFC'))),
    bySubject: (subject) => one(bySubject.get(subject)),
    add({ name, role, provider, subject, password }) {
      const normal = name.normalize('NFC').trim();
      const problem = nameProblem(normal);
      if (problem) throw new DaylightError('ERR_USAGE', problem);
      if (byName.get(normal)) throw new DaylightError('ERR_USAGE', `there is an account ${JSON.stringify(normal)} already`);
      const { lastInsertRowid } = insert.run(normal, role, provider, subject, password, now());
      return one(byId.get(lastInsertRowid))!;
    },
    set,
    remove: (id) => void remove.run(id),
    dismiss: (id, to) =>
      transaction(database, () => {
        if (to !== 'admin') keepAnAdministrator(id);
        if (to) set(id, { role: to });
        else remove.run(id);
      }),
  };
}

/** What others see of it. */
export function publicAccount({ name, role, provider, totp, created, last_sign_in }: StoredAccount): Account {
  return { name, role, provider, totp: totp !== '', created, lastSignIn: last_sign_in };
}
