// API tokens: kept as hashes, with a role and an end. Never stronger than their owner is at the moment.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { ApiToken, Role } from '../account.ts';
import { weaker } from '../account.ts';
import { isApiToken, newApiToken } from './api-token.ts';
import { hashSecret } from './database.ts';

export interface Tokens {
  create(account: number, wanted: { name: string; role: Role; days: number }): ApiToken & { token: string };
  /** Of everybody, unless told whose. Those that have expired are gone. */
  list(account?: number): ApiToken[];
  get(id: string): ApiToken | undefined;
  remove(id: string): void;
  find(text: string): { token: ApiToken; account: number } | undefined;
}

const DAY = 86_400_000;
/** Use is written down at most this often. */
const EXACT_MS = 60_000;
const SELECT = `SELECT token.*, account.name AS owner, account.role AS owner_role FROM token JOIN account ON account.id = token.account
  WHERE token.expires > ?`;

/** @param now epoch milliseconds */
export function createTokens(database: DatabaseSync, now: () => number): Tokens {
  const insert = database.prepare('INSERT INTO token (hash, account, name, role, created, expires) VALUES (?, ?, ?, ?, ?, ?)');
  const all = database.prepare(`${SELECT} AND (? IS NULL OR token.account = ?) ORDER BY token.number DESC`);
  const byNumber = database.prepare(`${SELECT} AND token.number = ?`);
  const byHash = database.prepare(`${SELECT} AND token.hash = ?`);
  const used = database.prepare('UPDATE token SET last_used = ? WHERE number = ?');
  const remove = database.prepare('DELETE FROM token WHERE number = ?');
  const prune = database.prepare('DELETE FROM token WHERE expires <= ?');

  return {
    create(account, { name, role, days }) {
      const token = newApiToken();
      prune.run(now());
      const { lastInsertRowid } = insert.run(hashSecret(token), account, name, role, now(), now() + days * DAY);
      return { ...fromRow(byNumber.get(now(), lastInsertRowid)!), token };
    },
    list: (account) => all.all(now(), account ?? null, account ?? null).map(fromRow),
    get(id) {
      const row = byNumber.get(now(), numberOf(id));
      return row && fromRow(row);
    },
    remove: (id) => void remove.run(numberOf(id)),
    find(text) {
      if (!isApiToken(text)) return undefined;
      const time = now();
      const row = byHash.get(time, hashSecret(text));
      if (!row) return undefined;
      if (time - Number(row.last_used) >= EXACT_MS) used.run(time, row.number!);
      return { token: fromRow(row), account: Number(row.account) };
    },
  };
}

function numberOf(id: string): number {
  return /^tk-[1-9]\d{0,14}$/.test(id) ? Number(id.slice(3)) : 0;
}

function fromRow(row: Record<string, SQLOutputValue>): ApiToken {
  const { number, name, owner, role, owner_role, created, expires, last_used } = row;
  return {
    id: `tk-${number}`,
    name: String(name),
    owner: String(owner),
    role: weaker(role as Role, owner_role as Role),
    created: Number(created),
    expires: Number(expires),
    lastUsed: Number(last_used),
  };
}
