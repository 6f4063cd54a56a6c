// Proxy tokens: with them programs say on whose behalf they send. Kept as hashes, each for one user; the groups are those given with the
// token and those that the user's last sign-in told. A token of an account goes with the account.
//
// What counts has a version, so that the appliance notices within a moment what another process (a command) has changed.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { IssuedToken, ProxyToken } from '../account.ts';
import { DaylightError } from '../errors.ts';
import { hashProxyToken, newProxyToken } from '../proxy-token.ts';
import { transaction } from '../sqlite-file.ts';

export interface ProxyTokenWish {
  /** What it is for. */
  name: string;
  user: string;
  groups: readonly string[];
  days: number;
  /** Who makes it. */
  issuer: string;
}

export interface ProxyTokens {
  /** @param account of the user, null for somebody without one @throws DaylightError ERR_USAGE when there are too many */
  create(account: number | null, wish: ProxyTokenWish): ProxyToken & { token: string };
  /** Of everybody, unless told whose. */
  list(account?: number): ProxyToken[];
  get(id: string): ProxyToken | undefined;
  remove(id: string): void;
  /** Another number after each change of what counts, whoever made it. */
  version(): number;
  inForce(): IssuedToken[];
  markUsed(ids: readonly string[]): void;
  /** What a sign-in told about the groups of an account. */
  setGroups(account: number, groups: readonly string[]): void;
}

/** Part of the schema of the file of accounts. */
export const PROXY_TOKEN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS proxy_token (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, account INTEGER REFERENCES account ON DELETE CASCADE, user TEXT NOT NULL, groups TEXT NOT NULL,
    name TEXT NOT NULL, issuer TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS account_groups (account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE, groups TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS proxy_token_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO proxy_token_version (id, version) VALUES (1, 1);
  ${['INSERT ON proxy_token', 'DELETE ON proxy_token', 'INSERT ON account_groups', 'UPDATE ON account_groups']
    .map(
      (event) => `CREATE TRIGGER IF NOT EXISTS proxy_token_changed_${event.replace(' ON ', '_').toLowerCase()} AFTER ${event}
    BEGIN UPDATE proxy_token_version SET version = version + 1; END;`,
    )
    .join('\n  ')}
`;

const DAY = 86_400_000;
/** Tokens that have ended are shown, and told from wrong ones, for so long. */
const KEPT_MS = 30 * DAY;
const PER_USER = 50;
const SELECT = `SELECT proxy_token.*, account_groups.groups AS told FROM proxy_token
  LEFT JOIN account_groups ON account_groups.account = proxy_token.account`;

/** @param now epoch milliseconds */
export function createProxyTokens(database: DatabaseSync, now: () => number): ProxyTokens {
  const insert = database.prepare(
    'INSERT INTO proxy_token (id, hash, account, user, groups, name, issuer, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const all = database.prepare(`${SELECT} WHERE ? IS NULL OR proxy_token.account = ? ORDER BY created DESC, id`);
  const one = database.prepare(`${SELECT} WHERE proxy_token.id = ?`);
  const count = database.prepare('SELECT count(*) AS n FROM proxy_token WHERE user = ? COLLATE NOCASE');
  const remove = database.prepare('DELETE FROM proxy_token WHERE id = ?');
  const prune = database.prepare('DELETE FROM proxy_token WHERE expires <= ?');
  const used = database.prepare('UPDATE proxy_token SET last_used = ? WHERE id = ?');
  const version = database.prepare('SELECT version FROM proxy_token_version');
  const setGroups = database.prepare(
    `INSERT INTO account_groups (account, groups) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET groups = excluded.groups
     WHERE groups <> excluded.groups`,
  );

  return {
    create(account, { name, user, groups, days, issuer }) {
      prune.run(now() - KEPT_MS);
      if (Number(count.get(user)!.n) >= PER_USER)
        throw new DaylightError('ERR_USAGE', `${user} has ${PER_USER} proxy tokens already; revoke some that are not used`);
      const { id, text } = newProxyToken();
      const time = now();
      insert.run(id, hashProxyToken(text), account, user, JSON.stringify(groups), name, issuer, time, time + days * DAY);
      return { ...tokenOf(one.get(id)!), token: text };
    },
    list: (account) => all.all(account ?? null, account ?? null).map(tokenOf),
    get(id) {
      const row = one.get(id);
      return row && tokenOf(row);
    },
    remove: (id) => void remove.run(id),
    version: () => Number(version.get()?.version ?? 0),
    inForce: () =>
      all.all(null, null).map((row) => {
        const { id, user, groups, expires } = tokenOf(row);
        return { id, hash: String(row.hash), user, groups, expires };
      }),
    markUsed(ids) {
      // At once: each transaction waits for the disk, and ten thousand people may have used theirs.
      transaction(database, () => {
        for (const id of ids) used.run(now(), id);
      });
    },
    setGroups: (account, groups) => void setGroups.run(account, JSON.stringify(groups)),
  };
}

function tokenOf(row: Record<string, SQLOutputValue>): ProxyToken {
  const { id, user, groups, told, name, issuer, created, expires, last_used } = row;
  return {
    id: String(id),
    name: String(name),
    user: String(user),
    groups: [...new Set([...listOf(groups), ...listOf(told)])],
    issuer: String(issuer),
    created: Number(created),
    expires: Number(expires),
    lastUsed: Number(last_used),
  };
}

function listOf(text: SQLOutputValue | undefined): string[] {
  return typeof text === 'string' ? (JSON.parse(text) as string[]) : [];
}
