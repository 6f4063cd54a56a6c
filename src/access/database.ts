// The file of accounts, `<data>/access.sqlite`: its tables, and how it is opened. Secrets are in it as hashes; TOTP secrets sealed.

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DaylightError } from '../errors.ts';
import { openSqlite } from '../sqlite-file.ts';
import { PROXY_TOKEN_SCHEMA } from './proxy-tokens.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, role TEXT NOT NULL, provider TEXT NOT NULL,
    subject TEXT UNIQUE, password TEXT NOT NULL DEFAULT '', totp TEXT NOT NULL DEFAULT '', totp_offer TEXT NOT NULL DEFAULT '',
    totp_counter INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, last_sign_in INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS session (
    hash TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE, created INTEGER NOT NULL, seen INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS token (
    number INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    name TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS invite (
    hash TEXT PRIMARY KEY, role TEXT NOT NULL, account INTEGER REFERENCES account ON DELETE CASCADE, by TEXT NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  ${PROXY_TOKEN_SCHEMA}
  CREATE TABLE IF NOT EXISTS console (id INTEGER PRIMARY KEY, url TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS attempt (who TEXT PRIMARY KEY, failures INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
`;

/** @throws DaylightError ERR_STORE; a damaged file is left as it is: beginning anew would let somebody else be the first administrator. */
export function openAccessFile(dataDir: string): DatabaseSync {
  const file = join(dataDir, 'access.sqlite');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return openSqlite(file, SCHEMA);
  } catch (cause) {
    throw new DaylightError(
      'ERR_STORE',
      `cannot open ${file}: ${(cause as Error).message}. Restore it from a backup, or remove it to begin with a new administrator`,
      { cause },
    );
  }
}

/** How secrets of 256 random bits are stored: nobody can guess them, so one round of SHA-256 is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
