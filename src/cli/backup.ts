// `daylight backup`: policy, CA, state and configuration in one file. Order: write, read again and check as a restore would, say where.

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { MIN_PASSPHRASE } from '../backup/encrypt.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { configFileOf } from '../config-file.ts';
import { DaylightError } from '../errors.ts';
import { openSecret } from '../sinks/destinations/secret.ts';
import { daylightVersion } from '../version.ts';
import { recordAct } from './audit.ts';
import { type CommonOptions, command, configOf, sourcesOf } from './command.ts';
import { note, print, printJson } from './output.ts';
import { restoreFrom } from './restore.ts';

export interface BackupCommandOptions extends CommonOptions {
  output?: string;
  passphraseFile?: string;
}

export function backupCommand(): Command {
  return command('backup', 'write policy, CA, state and configuration into one file (events: docs/howto/backup-and-restore.md)')
    .option('-o, --output <file>', 'where to (default: ./daylight-backup-SENSOR-TIME.tar.gz)')
    .option('--passphrase-file <file>', 'encrypt under the passphrase in this file')
    .action(backup);
}

async function backup(options: BackupCommandOptions): Promise<void> {
  const config = configOf(options);
  const passphrase = passphraseOf(options);
  if (passphrase !== undefined && passphrase.length < MIN_PASSPHRASE)
    throw new DaylightError(
      'ERR_USAGE',
      `the passphrase is too short: at least ${MIN_PASSPHRASE} characters, better six random words`,
    );
  const { file: configFile } = configFileOf(sourcesOf(options));
  const now = Date.now();
  const sensor = config.sensor || hostname();
  const name = `daylight-backup-${sensor.replace(/[^\w.-]+/g, '_')}-${stampOf(now)}.tar.gz${passphrase === undefined ? '' : '.enc'}`;
  const output = resolve(options.output ?? name);
  const { files } = await writeBackup({
    folders: config,
    configFile: existsSync(configFile) ? configFile : undefined,
    ...{ output, passphrase, now, sensor, version: daylightVersion() },
  });
  await restoreFrom(config, { file: output, passphrase: () => passphrase ?? '', checkOnly: true });
  await recordAct(config, { action: 'backup.create', objectType: 'backup', objectId: output });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (options.json) printJson({ file: output, files: files.length, bytes, encrypted: passphrase !== undefined });
  else print(`${output}: ${files.length} files, ${bytes} bytes, read again and whole`);
  if (passphrase === undefined && files.some(({ path }) => path.endsWith('.key')))
    note(
      'daylight: it holds the key of the CA: whoever has it can read the traffic of everyone who trusts the CA. Keep it where nobody else reads, or use --passphrase-file.',
    );
}

/** The passphrase that the options name. @throws DaylightError ERR_CONFIG_INVALID */
export function passphraseOf({ passphraseFile }: { passphraseFile?: string }): string | undefined {
  return openSecret(undefined, passphraseFile)?.();
}

/** The moment as a part of names: `20261120-140305`. */
export function stampOf(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
