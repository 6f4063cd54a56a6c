// Reads a backup into a folder and finds out whether it can be used, in this order: it is genuine (if it has a passphrase); its manifest is
// one that this version knows, made by no later version; there is room for what it says it holds; it holds exactly those files, in that
// order, each with its size and checksum; databases are whole. What is not so is refused before anything of the appliance is touched.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statfsSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { DaylightError } from '../errors.ts';
import { decrypt, isEncrypted } from './encrypt.ts';
import { FORMAT, isLater, MANIFEST, MANIFEST_LIMIT, type Manifest, manifestSchema } from './manifest.ts';
import { isDatabase } from './places.ts';
import { readTar, type TarEntry } from './tar.ts';

export interface OpenOptions {
  file: string;
  /** Empty folder that files go to, under the paths that they have in the backup. */
  into: string;
  /** Asked for a backup that has one. */
  passphrase(): string;
  /** Of this Daylight. */
  version: string;
}

/** Bytes that stay free on the disk. */
const SPARE = 64 * 1024 * 1024;

/** @throws DaylightError ERR_BACKUP */
export async function openBackup(options: OpenOptions): Promise<Manifest> {
  const { file, into } = options;
  if (!existsSync(file)) throw refused(`there is no file ${file}`);
  const hidden = await isEncrypted(file);
  const source = hidden ? await decrypt(file, options.passphrase()) : createReadStream(file);
  let manifest: Manifest | undefined;
  let next = 0;

  async function begin(entry: TarEntry): Promise<Sink> {
    if (!manifest) {
      if (entry.path !== MANIFEST) throw refused(`it begins with ${JSON.stringify(entry.path)}, not with ${MANIFEST}`);
      if (entry.bytes > MANIFEST_LIMIT) throw refused(`its manifest has more than ${MANIFEST_LIMIT} bytes`);
      return collectText((text) => {
        manifest = readManifest(text, options.version);
        checkRoom(manifest, into);
      });
    }
    const expected = manifest.files[next++];
    if (!expected || expected.path !== entry.path || expected.bytes !== entry.bytes)
      throw refused(`it holds ${JSON.stringify(entry.path)} (${entry.bytes} bytes) where its manifest says otherwise`);
    return writeChecked(join(into, expected.path), expected);
  }

  try {
    await pipeline(source, createGunzip(), (unpacked) => readTar(unpacked, begin));
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    throw refused((cause as Error).message, cause);
  }
  if (!manifest || next !== manifest.files.length) throw refused('files that its manifest names are missing');
  for (const { path } of manifest.files) if (isDatabase(path)) checkDatabase(join(into, path), path);
  return manifest;
}

interface Sink {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

function collectText(done: (text: string) => void): Sink {
  const pieces: Buffer[] = [];
  return {
    write: async (chunk) => void pieces.push(Buffer.from(chunk)),
    end: async () => done(Buffer.concat(pieces).toString('utf8')),
  };
}

async function writeChecked(file: string, { path, mode, sha256 }: Manifest['files'][number]): Promise<Sink> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Nothing that is there is followed or replaced.
  const handle: FileHandle = await open(file, 'wx', 0o600);
  const hash = createHash('sha256');
  return {
    async write(chunk) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    },
    async end() {
      await handle.chmod(mode);
      await handle.sync();
      await handle.close();
      if (hash.digest('hex') !== sha256) throw refused(`${path} does not have the checksum of the manifest`);
    },
  };
}

function readManifest(text: string, version: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw refused('its manifest is no JSON', cause);
  }
  const format = z.looseObject({ format: z.int() }).safeParse(data).data?.format ?? 0;
  if (format > FORMAT)
    throw refused(`it has format ${format}, made by a later Daylight; this one (${version}) reads up to ${FORMAT}`);
  const parsed = manifestSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(`its manifest is wrong: ${issue?.path.join('.')} ${issue?.message}`);
  }
  const { daylight } = parsed.data;
  if (isLater(daylight, version))
    throw refused(`it was made by Daylight ${daylight}, and this is ${version}; restore it with ${daylight} or later`);
  return parsed.data;
}

function checkRoom({ files }: Manifest, into: string): void {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0) + SPARE;
  const { bavail, bsize } = statfsSync(into);
  if (needed > bavail * bsize)
    throw refused(`it says it holds ${needed - SPARE} bytes, and ${into} has room for ${Math.max(0, bavail * bsize - SPARE)}`);
}

function checkDatabase(file: string, path: string): void {
  let found: unknown;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      found = database.prepare('PRAGMA integrity_check').get()?.integrity_check;
    } finally {
      database.close();
    }
  } catch (cause) {
    throw refused(`${path} is no usable database: ${(cause as Error).message}`, cause);
  }
  if (found !== 'ok') throw refused(`${path} is damaged: ${found}`);
}

function refused(what: string, cause?: unknown): DaylightError {
  return new DaylightError('ERR_BACKUP', `the backup cannot be used: ${what}`, { cause });
}
