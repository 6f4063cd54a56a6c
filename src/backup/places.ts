// Where the parts of a backup lie in an appliance, and which files belong to them.

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from './manifest.ts';

/** Folders of the configuration. */
export interface Folders {
  data: string;
  rules: string;
  certs: string;
}

export interface PartFolder {
  part: Exclude<Part, 'config'>;
  dir: string;
  /** Relative paths of the files that are there now; those of SQLite beside its databases are no files of their own. */
  files(): string[];
}

const DATABASE = /\.sqlite$/;
/** Changes that are not in the database file yet (https://sqlite.org/wal.html). */
export const BESIDE = ['-wal', '-shm'];

export function partFolders({ data, rules, certs }: Folders): PartFolder[] {
  const local = join(rules, 'local');
  return [
    { part: 'policy', dir: local, files: () => filesBelow(local) },
    { part: 'ca', dir: certs, files: () => filesBelow(certs, 1) },
    {
      part: 'state',
      dir: data,
      files: () => [
        ...filesBelow(data, 1).filter(isDatabase),
        ...filesBelow(join(data, 'keys'), 1).map((name) => `keys/${name}`),
        ...filesBelow(join(data, 'samples'), 1).map((name) => `samples/${name}`),
      ],
    },
  ];
}

export function isDatabase(path: string): boolean {
  return DATABASE.test(path);
}

/** Regular files and links to such, without hidden ones, sorted. */
function filesBelow(dir: string, depth = 8): string[] {
  let found: Dirent[];
  try {
    found = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const visible = found.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  return visible.flatMap((entry) => {
    if (entry.isDirectory())
      return depth > 1 ? filesBelow(join(dir, entry.name), depth - 1).map((name) => `${entry.name}/${name}`) : [];
    const isFile =
      entry.isFile() || (entry.isSymbolicLink() && statSync(join(dir, entry.name), { throwIfNoEntry: false })?.isFile());
    return isFile ? [entry.name] : [];
  });
}
