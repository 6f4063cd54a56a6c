// Restores a backup, in this order: read and check it whole (open-backup.ts), lay its files beside their places, check what only their
// owners can (policy loads, the CA is one), put them back (put-back.ts). Up to the last step nothing of the appliance has changed.
//
// The configuration is not put in force: it says where everything lies, and this run goes by the one of this machine. It is laid down
// as `daylight.yaml.restored` in the data folder.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { copyFile, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from './manifest.ts';
import { type OpenOptions, openBackup } from './open-backup.ts';
import { BESIDE, type Folders, isDatabase, partFolders } from './places.ts';
import { type Plan, putBack } from './put-back.ts';

export interface RestoreOptions extends Pick<OpenOptions, 'file' | 'passphrase' | 'version'> {
  folders: Folders;
  /** Throws if the policy files, or the CA, in a folder cannot be used. */
  checkPolicy(localDir: string): void | Promise<void>;
  checkCa(dir: string): void | Promise<void>;
  /** Only says whether it could be restored. */
  checkOnly?: boolean | undefined;
  /** Told before each renaming, for tests. */
  onStep?(): void;
  /** Tells apart what several restores leave, e.g. `20261120-140305`. */
  stamp: string;
}

export interface Restored {
  manifest: Manifest;
  /** Folders that hold what was there before. */
  kept: string[];
  /** Where the configuration of the backup lies. */
  configFile: string | undefined;
}

/** @throws DaylightError ERR_BACKUP, or what the checks throw; then nothing has changed */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { folders, stamp } = options;
  const hidden = `.restore-${stamp}`;
  const unpacked = join(folders.data, `${hidden}-unpacked`);
  const places = partFolders(folders);
  try {
    mkdirSync(unpacked, { recursive: true, mode: 0o700 });
    const manifest = await openBackup({ ...options, into: unpacked });
    const has = (part: string) => manifest.files.some(({ path }) => path.startsWith(`${part}/`));
    if (has('policy')) await options.checkPolicy(join(unpacked, 'policy'));
    if (has('ca')) await options.checkCa(join(unpacked, 'ca'));
    if (options.checkOnly) return { manifest, kept: [], configFile: undefined };

    const plan: Plan = { folders: [] };
    for (const { part, dir, files } of places) {
      // Of a part that had nothing there is nothing to put back.
      if (!has(part)) continue;
      const fresh = manifest.files
        .filter(({ path }) => path.startsWith(`${part}/`))
        .map(({ path }) => path.slice(part.length + 1));
      const staged = join(dir, hidden);
      for (const name of fresh) await lay(join(unpacked, part, name), join(staged, name));
      const old = files().flatMap((name) => [name, ...(isDatabase(name) ? BESIDE.map((suffix) => name + suffix) : [])]);
      plan.folders.push({
        dir,
        staged,
        kept: join(dir, `.before-${stamp}`),
        old: old.filter((name) => existsSync(join(dir, name))),
        new: fresh,
      });
    }
    const configFile = has('config') ? join(folders.data, 'daylight.yaml.restored') : undefined;
    if (configFile) await lay(join(unpacked, 'config/daylight.yaml'), configFile);
    putBack(folders.data, plan, options.onStep);
    return { manifest, kept: plan.folders.filter(({ old }) => old.length > 0).map(({ kept }) => kept), configFile };
  } catch (error) {
    // A plan that was written down still needs them.
    if (!existsSync(join(folders.data, 'restore.json')))
      for (const { dir } of places) rmSync(join(dir, hidden), { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** Moves a file; the folders may lie on different disks. */
async function lay(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await copyFile(from, to);
    const handle = await open(to, 'r+');
    await handle.sync().finally(() => handle.close());
  });
}
