// The files of an appliance that was in use, without the appliance: policy, a real CA, SQLite files with an open writer, a configuration.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openCa } from '../../src/proxy/ca.ts';
import { openSqlite } from '../../src/sqlite-file.ts';
import { loadInstallationKey } from '../../src/store/installation-key.ts';

export interface TemporaryAppliance {
  dir: string;
  folders: { data: string; rules: string; certs: string };
  configFile: string;
  /** A database that somebody has open, in WAL mode. */
  database: DatabaseSync;
}

/** @param mark what tells this one from another */
export async function temporaryAppliance(mark: string): Promise<TemporaryAppliance> {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-backup-'));
  const folders = { data: join(dir, 'data'), rules: join(dir, 'rules'), certs: join(dir, 'certs') };
  const configFile = join(dir, 'daylight.yaml');
  cpSync('rules', folders.rules, { recursive: true, filter: (file) => !file.includes('rules/local/') });
  mkdirSync(join(folders.rules, 'local/rules'), { recursive: true });
  writeFileSync(join(folders.rules, 'local/groups.yml'), `groups:\n  ${mark}: [${mark}@example.com]\n`);
  writeFileSync(join(folders.rules, 'local/.lock.old'), 'no part of it');
  await openCa({ dir: folders.certs });
  loadInstallationKey(folders.data);
  mkdirSync(join(folders.data, 'spool'));
  writeFileSync(join(folders.data, 'spool/x.open'), 'no part of it');
  writeFileSync(configFile, `contact: ${mark}\n`, { mode: 0o600 });
  const database = openSqlite(join(folders.data, 'requests.sqlite'), 'CREATE TABLE IF NOT EXISTS note (text TEXT) STRICT;');
  database.prepare('INSERT INTO note VALUES (?)').run(mark);
  return { dir, folders, configFile, database };
}

/** Every file of an appliance but what restores and spools leave, with its content: the state as a text. */
export function stateOf({ dir, folders }: TemporaryAppliance): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (folder: string, name: string): void => {
    for (const entry of readdirSync(folder).sort()) {
      const path = join(folder, entry);
      if (
        /^\.(restore|before|check)-|^restore\.json|^spool$|\.restored$|-shm$/.test(entry) ||
        path.startsWith(join(folders.rules, 'mcp'))
      )
        continue;
      if (statSync(path).isDirectory()) walk(path, `${name}${entry}/`);
      else found[name + entry] = `${(statSync(path).mode & 0o777).toString(8)} ${readFileSync(path).toString('base64')}`;
    }
  };
  for (const part of [folders.data, folders.certs, join(folders.rules, 'local')])
    if (existsSync(part)) walk(part, `${part.slice(dir.length + 1)}/`);
  return found;
}
