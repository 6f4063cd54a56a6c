// What the file of accounts holds about a person who is to be forgotten: their proxy tokens go, and where they made tokens for others an
// alias stands for them. Their account stays: it may be the last administrator's, and who may sign in is decided elsewhere.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { erase } from '../sqlite-file.ts';
import { openAccessFile } from './database.ts';

export interface ForgottenAccess {
  deleted: number;
  renamed: number;
  /** The accounts that stay, by name. */
  accounts: string[];
}

/** A running appliance refuses the tokens within a second. @throws DaylightError ERR_STORE */
export function forgetInAccess(dataDir: string, isPerson: (name: string) => boolean, alias: string): ForgottenAccess {
  if (!existsSync(join(dataDir, 'access.sqlite'))) return { deleted: 0, renamed: 0, accounts: [] };
  const database = openAccessFile(dataDir);
  try {
    return erase(database, () => {
      const tokens = database.prepare('SELECT id, user, issuer FROM proxy_token').all();
      const theirs = tokens.filter(({ user }) => isPerson(String(user)));
      const remove = database.prepare('DELETE FROM proxy_token WHERE id = ?');
      for (const { id } of theirs) remove.run(id!);
      const issued = tokens.filter(
        (token) => !theirs.includes(token) && isPerson(String(token.issuer)) && token.issuer !== alias,
      );
      const rename = database.prepare('UPDATE proxy_token SET issuer = ? WHERE id = ?');
      for (const { id } of issued) rename.run(alias, id!);
      const names = database.prepare('SELECT name FROM account').all();
      const accounts = names.map(({ name }) => String(name)).filter(isPerson);
      return { deleted: theirs.length, renamed: issued.length, accounts };
    });
  } finally {
    database.close();
  }
}
