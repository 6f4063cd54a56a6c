// `daylight restore FILE`: puts back what a backup holds. The appliance must not run; what is there is kept beside.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { finishRestore } from '../backup/put-back.ts';
import { type Restored, restoreBackup } from '../backup/restore-backup.ts';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { openCa } from '../proxy/ca.ts';
import { claimFolder } from '../store/folder-claim.ts';
import { daylightVersion } from '../version.ts';
import { recordAct } from './audit.ts';
import { passphraseOf, stampOf } from './backup.ts';
import { type CommonOptions, command, configOf } from './command.ts';
import { note, print, printJson } from './output.ts';

interface RestoreCommandOptions extends CommonOptions {
  passphraseFile?: string;
  check?: boolean;
}

export function restoreCommand(): Command {
  return command('restore', 'put back what a backup holds; Daylight must be stopped')
    .argument('<file>', 'made by "daylight backup"')
    .option('--passphrase-file <file>', 'file with the passphrase that the backup was made with')
    .option('--check', 'only say whether it could be restored')
    .action(restore);
}

async function restore(file: string, options: RestoreCommandOptions): Promise<void> {
  const config = configOf(options);
  const checkOnly = options.check === true;
  const passphrase = (): string => {
    const found = passphraseOf(options);
    if (found === undefined)
      throw new DaylightError('ERR_USAGE', `${file} is encrypted; name the file of its passphrase with --passphrase-file`);
    return found;
  };
  const { manifest, kept, configFile } = await restoreFrom(config, { file: resolve(file), passphrase, checkOnly });
  const { created, daylight, sensor, files } = manifest;
  if (options.json)
    printJson({ created, daylight, sensor, files: files.length, restored: !checkOnly, kept, configFile: configFile ?? null });
  else {
    print(`${checkOnly ? 'Can be restored' : 'Restored'}: ${files.length} files of ${sensor}, ${created}, Daylight ${daylight}`);
    for (const folder of kept) print(`What was there before is in ${folder}`);
    if (configFile) print(`The configuration of then is in ${configFile}; compare it with yours`);
  }
  if (checkOnly) return;
  await recordAct(config, { action: 'backup.restore', objectType: 'backup', objectId: resolve(file), reason: `made ${created}` });
  note('daylight: start it now. Events are no part of a backup; those of before stay.');
}

/** @throws DaylightError ERR_BACKUP, and ERR_STORE while an appliance uses the data folder */
export async function restoreFrom(
  config: Config,
  options: { file: string; passphrase(): string; checkOnly: boolean },
): Promise<Restored> {
  mkdirSync(join(config.data, 'spool'), { recursive: true, mode: 0o700 });
  // Held until the end: nothing starts in the middle of it.
  const release = options.checkOnly ? () => {} : claimFolder(join(config.data, 'spool'));
  try {
    if (!options.checkOnly) finishRestore(config.data);
    return await restoreBackup({
      ...options,
      folders: config,
      version: daylightVersion(),
      stamp: `${stampOf(Date.now())}-${process.pid}`,
      checkPolicy: (localDir) => checkPolicy(config, localDir),
      checkCa: async (dir) => void (await openCa({ dir })),
    });
  } finally {
    release();
  }
}

/** Loads the policy of a folder together with the rules of this appliance. @throws DaylightError naming each problem */
function checkPolicy({ rules, data }: Config, localDir: string): void {
  const together = mkdtempSync(join(data, '.check-'));
  try {
    for (const name of readdirSync(rules)) if (name !== 'local') symlinkSync(join(rules, name), join(together, name));
    symlinkSync(localDir, join(together, 'local'));
    loadSnapshotSource(together);
  } finally {
    rmSync(together, { recursive: true, force: true });
  }
}
