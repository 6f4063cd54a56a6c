// Builds the console's page from src/console/ui into dist/console, when there is none yet or what it was made from has changed.
//
// In this order: compare what the last build was made from; else take the lock, so that of two starts one builds and the other waits;
// bundle beside the old build; compress; put the new one in its place. Whoever serves the old one meanwhile is not disturbed.
// Started as a program (npm run build:console, or by an appliance that starts) it builds and ends.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify, stripVTControlCharacters } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { INSTALL_DIR } from '../config.ts';
import { DaylightError } from '../errors.ts';

/** Where the built page is. */
export const UI_FOLDER = join(INSTALL_DIR, 'dist/console');

const SOURCES = join(INSTALL_DIR, 'src/console/ui');
/** What a build was made from, beside its files. */
const RECORD = 'build.json';
const LOCK = `${UI_FOLDER}.lock`;
const POLL_MS = 100;
/** Milliseconds after which whoever has the lock is taken to be stuck: a build takes a few seconds. */
const STUCK_MS = 180_000;
const COMPRESSED = /\.(js|css|html|svg)$/;

interface Record {
  /** Files below the checkout, and the hash of all of them. */
  inputs: string[];
  hash: string;
}

/** Whether the page is built from what the sources are now. */
export function isUiCurrent(folder = UI_FOLDER): boolean {
  try {
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as Record;
    return hashOf(record.inputs) === record.hash;
  } catch {
    return false;
  }
}

/**
 * @returns whether there was something to do
 * @throws DaylightError ERR_CONSOLE_BUILD
 */
export async function buildUi(): Promise<boolean> {
  if (isUiCurrent()) return false;
  const release = await takeLock();
  try {
    // Somebody else may have built it while this process waited.
    if (isUiCurrent()) return false;
    await build();
    return true;
  } catch (cause) {
    const why = stripVTControlCharacters((cause as Error).message);
    throw new DaylightError('ERR_CONSOLE_BUILD', `the page of the console cannot be built: ${why}`, { cause });
  } finally {
    release();
  }
}

async function build(): Promise<void> {
  // Whatever this process was started for: libraries bundle their checks for developers unless told otherwise.
  process.env.NODE_ENV = 'production';
  const { build: bundle } = await import('vite');
  const fresh = `${UI_FOLDER}.${process.pid}`;
  // Nobody else builds now: what others left behind is of no use.
  for (const name of readdirSync(dirname(UI_FOLDER)))
    if (/^console\.\d+/.test(name)) rmSync(join(dirname(UI_FOLDER), name), { recursive: true, force: true });
  const inputs = new Set(filesBelow(SOURCES).filter((file) => !file.endsWith('.md')));
  inputs.add(join(INSTALL_DIR, 'package-lock.json'));
  const collectInputs = {
    name: 'collect-inputs',
    buildEnd(this: { getModuleIds(): Iterable<string> }) {
      for (const id of this.getModuleIds()) if (id.startsWith(join(INSTALL_DIR, 'src'))) inputs.add(id.replace(/\?.*$/, ''));
    },
  };
  try {
    await bundle({
      configFile: join(SOURCES, 'vite.config.ts'),
      configLoader: 'native',
      logLevel: 'warn',
      build: { outDir: fresh },
      plugins: [collectInputs],
    });
    await compress(fresh);
    const names = [...inputs].map((file) => relative(INSTALL_DIR, file)).sort();
    const record: Record = { inputs: names, hash: hashOf(names) };
    writeFileSync(join(fresh, RECORD), `${JSON.stringify(record, undefined, 1)}\n`);
    const old = `${fresh}.old`;
    try {
      renameSync(UI_FOLDER, old);
    } catch {}
    renameSync(fresh, UI_FOLDER);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Beside each file its compressed forms, so that no request has to wait for them. */
async function compress(folder: string): Promise<void> {
  const files = filesBelow(folder).filter((file) => COMPRESSED.test(file));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  await Promise.all(
    files.map(async (file) => {
      const content = readFileSync(file);
      writeFileSync(`${file}.br`, await promisify(brotliCompress)(content, { params }));
      writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
    }),
  );
}

function hashOf(inputs: readonly string[]): string {
  const hash = createHash('sha256').update(process.version.split('.')[0] ?? '');
  for (const name of inputs) hash.update(`\n${name}\n`).update(readFileSync(join(INSTALL_DIR, name)));
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Waits until nobody else builds. */
async function takeLock(): Promise<() => void> {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return () => rmSync(LOCK, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new DaylightError('ERR_CONSOLE_BUILD', `${LOCK} cannot be written: ${(cause as Error).message}`, { cause });
    }
    if (isAbandoned()) rmSync(LOCK, { force: true });
    else await sleep(POLL_MS);
  }
}

function isAbandoned(): boolean {
  try {
    if (Date.now() - statSync(LOCK).mtimeMs > STUCK_MS) return true;
    const owner = Number(readFileSync(LOCK, 'utf8'));
    // An owner that has not written its number yet is alive.
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

if (import.meta.main) {
  // The proxy of the same machine goes first.
  setPriority(10);
  const started = Date.now();
  try {
    const built = await buildUi();
    process.stdout.write(
      built ? `built ${UI_FOLDER} in ${((Date.now() - started) / 1000).toFixed(1)} s\n` : 'nothing has changed\n',
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
