// Makes a backup: copies what belongs to it into a folder of its own, so that nothing changes while it is packed (databases by VACUUM INTO,
// which sees one moment of them), then writes manifest and files as a tar archive, compressed, under a passphrase if there is one.
//
// The file appears whole under its name, or not at all, and only its owner can read it.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DaylightError } from '../errors.ts';
import { whenUnlocked } from '../replace-files.ts';
import { encrypt } from './encrypt.ts';
import { FORMAT, MANIFEST, type Manifest, manifestSchema } from './manifest.ts';
import { type Folders, isDatabase, partFolders } from './places.ts';
import { writeTar } from './tar.ts';

export interface BackupOptions {
  folders: Folders;
  /** The configuration file; undefined where there is none. */
  configFile: string | undefined;
  /** Where the backup goes; must not exist. */
  output: string;
  passphrase: string | undefined;
  version: string;
  sensor: string;
  /** Epoch milliseconds. */
  now: number;
}

const BUSY_MS = 10_000;

/** @throws DaylightError ERR_BACKUP */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const { folders, output, passphrase } = options;
  const copies = await mkdtemp(join(folders.data, '.backup-')).catch((cause) => {
    throw new DaylightError(
      'ERR_BACKUP',
      `${folders.data} cannot be written: ${cause.message}; run as the user that runs Daylight`,
      {
        cause,
      },
    );
  });
  const draft = join(dirname(output), `.${process.pid}.daylight-backup`);
  try {
    const manifest = await collect(options, copies);
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const time = options.now;
    const entries = function* () {
      yield { entry: { path: MANIFEST, bytes: text.length, mode: 0o600, time }, content: [text] };
      for (const { path, bytes, mode } of manifest.files)
        yield { entry: { path, bytes, mode, time }, content: createReadStream(join(copies, path)) };
    };
    const packed = Readable.from(writeTar(entries())).pipe(createGzip({ level: 6 }));
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    await (passphrase === undefined ? pipeline(packed, file) : pipeline(packed, (source) => encrypt(source, passphrase), file));
    // Unlike a renaming, this does not take the place of a file that is there.
    await link(draft, output);
    return manifest;
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    const why =
      (cause as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is there already; name another file' : (cause as Error).message;
    throw new DaylightError('ERR_BACKUP', `${output} cannot be written: ${why}`, { cause });
  } finally {
    await rm(draft, { force: true });
    await rm(copies, { recursive: true, force: true });
  }
}

async function collect({ folders, configFile, version, sensor, now }: BackupOptions, copies: string): Promise<Manifest> {
  const files: Manifest['files'] = [];

  async function keep(path: string, from: string): Promise<void> {
    const copy = join(copies, path);
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
    if (isDatabase(path)) copyDatabase(from, copy);
    else await copyFile(from, copy);
    const { size, mode } = statSync(copy);
    const sha256 = createHash('sha256')
      .update(await readFile(copy))
      .digest('hex');
    files.push({ path, bytes: size, mode: isDatabase(path) ? 0o600 : mode & 0o777, sha256 });
  }

  await whenUnlocked(join(folders.rules, 'local'));
  for (const { part, dir, files: list } of partFolders(folders)) {
    for (const name of list()) await keep(`${part}/${name}`, join(dir, name));
  }
  if (configFile !== undefined) await keep('config/daylight.yaml', configFile);
  const manifest = { format: FORMAT, daylight: version, created: new Date(now).toISOString(), sensor, files };
  const checked = manifestSchema.safeParse(manifest);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const named = issue?.path[0] === 'files' ? files[Number(issue.path[1])]?.path : issue?.path.join('.');
  throw new DaylightError('ERR_BACKUP', `${JSON.stringify(named)} ${issue?.message}; rename it`);
}

function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS });
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } catch (cause) {
    throw new DaylightError('ERR_BACKUP', `${from} cannot be copied: ${(cause as Error).message}`, { cause });
  } finally {
    database.close();
  }
}
