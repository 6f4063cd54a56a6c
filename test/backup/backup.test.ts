// Backups of the files of an appliance: what they hold, what a restore puts back, what it refuses, and that it can be cut off anywhere.

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/backup/manifest.ts';
import { finishRestore } from '../../src/backup/put-back.ts';
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore-backup.ts';
import { writeTar } from '../../src/backup/tar.ts';
import { writeBackup } from '../../src/backup/write-backup.ts';
import { openCa } from '../../src/proxy/ca.ts';
import { stateOf, type TemporaryAppliance, temporaryAppliance } from './temporary-appliance.ts';

const NO_DATABASE = 'x'.repeat(1000);
const PASSPHRASE = 'correct horse battery staple';
let from: TemporaryAppliance;
let to: TemporaryAppliance;

beforeEach(async () => {
  from = await temporaryAppliance('before');
  to = await temporaryAppliance('after');
});
afterEach(() => {
  for (const { dir, database } of [from, to]) {
    if (database.isOpen) database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

async function backup(over: Partial<Parameters<typeof writeBackup>[0]> = {}): Promise<string> {
  const output = join(from.dir, 'backup.tar.gz');
  const { folders, configFile } = from;
  await writeBackup({
    folders,
    configFile,
    output,
    passphrase: undefined,
    version: '1.2.3',
    sensor: 'here',
    now: 1_700_000_000_000,
    ...over,
  });
  return output;
}

function restore(file: string, over: Partial<RestoreOptions> = {}) {
  if (to.database.isOpen) to.database.close();
  return restoreBackup({
    ...{ file, folders: to.folders, version: '1.2.3', stamp: 'now', checkPolicy() {} },
    passphrase: () => PASSPHRASE,
    checkCa: async (dir) => void (await openCa({ dir })),
    ...over,
  });
}

const notesIn = (appliance: TemporaryAppliance): unknown[] => {
  const database = new DatabaseSync(join(appliance.folders.data, 'requests.sqlite'));
  const rows = database.prepare('SELECT text FROM note').all();
  database.close();
  return rows.map(({ text }) => text);
};

/** Nothing that a restore has made for itself is left. */
function leftovers({ folders }: TemporaryAppliance): string[] {
  const places = [folders.data, folders.certs, join(folders.rules, 'local')];
  return places.flatMap((dir) => readdirSync(dir)).filter((name) => /^\.(restore|check|backup)-|^restore\.json/.test(name));
}

describe('a backup', () => {
  it('brings policy, CA, state and configuration to another machine, and keeps what was there', async () => {
    const wanted = stateOf(from);
    const replaced = readFileSync(join(to.folders.certs, 'ca.key'), 'utf8');
    const { manifest, kept, configFile } = await restore(await backup());
    expect(manifest).toMatchObject({
      daylight: '1.2.3',
      sensor: 'here',
      created: '2023-11-14T22:13:20.000Z',
    });
    const { database, ...state } = { database: '', ...stateOf(to) };
    const plain = (files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).filter(([name]) => !name.includes('.sqlite')));
    expect(plain(state)).toEqual(plain(wanted));
    expect(notesIn(to)).toEqual(['before']);
    expect(readFileSync(configFile!, 'utf8')).toBe('contact: before\n');
    expect(kept).toHaveLength(3);
    expect(readFileSync(join(to.folders.certs, '.before-now/ca.key'), 'utf8')).toBe(replaced);
    expect(readFileSync(join(to.folders.rules, 'local/.before-now/groups.yml'), 'utf8')).toContain('after@example.com');
    expect(leftovers(to)).toEqual([]);
    expect(leftovers(from)).toEqual([]);
  });

  it('removes what was made after it', async () => {
    const file = await backup();
    writeFileSync(join(to.folders.rules, 'local/exceptions.yml'), '[]');
    writeFileSync(join(to.folders.certs, 'next.pem'), 'x');
    writeFileSync(join(to.folders.data, 'requests.sqlite-wal'), 'changes of another database');
    await restore(file);
    expect(existsSync(join(to.folders.rules, 'local/exceptions.yml'))).toBe(false);
    expect(existsSync(join(to.folders.certs, 'next.pem'))).toBe(false);
    expect(notesIn(to)).toEqual(['before']);
    expect(existsSync(join(to.folders.rules, 'local/.before-now/exceptions.yml'))).toBe(true);
  });

  it('takes databases as they are at one moment, with what is in the log alone', async () => {
    from.database.exec("BEGIN; INSERT INTO note VALUES ('not yet')");
    const file = await backup();
    from.database.exec('COMMIT');
    expect(statSync(join(from.folders.data, 'requests.sqlite-wal')).size).toBeGreaterThan(0);
    await restore(file);
    expect(notesIn(to)).toEqual(['before']);
  });

  it('is for its owner alone, never in place of another file, and leaves nothing of one that failed', async () => {
    const file = await backup();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(backup()).rejects.toThrow('is there already');
    await expect(backup({ output: join(from.dir, 'nowhere/b.tar.gz') })).rejects.toThrow('cannot be written');
    writeFileSync(join(from.folders.data, 'console.sqlite'), 'no database, but as long as one'.repeat(100));
    await expect(backup({ output: join(from.dir, 'c.tar.gz') })).rejects.toThrow('console.sqlite cannot be copied');
    expect(readdirSync(from.dir).filter((name) => name.includes('backup') || name.endsWith('.gz'))).toEqual(['backup.tar.gz']);
    expect(leftovers(from)).toEqual([]);
  });

  it('under a passphrase shows nothing, and opens with that passphrase alone', async () => {
    const file = await backup({ passphrase: PASSPHRASE });
    const bytes = readFileSync(file);
    expect(bytes.subarray(10).includes('PRIVATE KEY')).toBe(false);
    expect(bytes.subarray(10).includes('before')).toBe(false);
    await expect(restore(file, { passphrase: () => `${PASSPHRASE}s` })).rejects.toThrow('the passphrase is another one');
    await restore(file);
    expect(notesIn(to)).toEqual(['before']);
  });
});

describe('what is refused changes nothing', () => {
  let untouched: Record<string, string>;
  beforeEach(() => {
    to.database.close();
    untouched = stateOf(to);
  });
  afterEach(() => {
    expect(stateOf(to)).toEqual(untouched);
    expect(leftovers(to)).toEqual([]);
  });

  it.each([0, 10, 25, 38, 500, -17, -1])('an encrypted backup with another byte at %i', async (at) => {
    const file = await backup({ passphrase: PASSPHRASE });
    const bytes = readFileSync(file);
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    writeFileSync(file, bytes);
    await expect(restore(file)).rejects.toThrow(/the backup cannot be (used|opened)/);
  });

  it.each([false, true])('a backup that was cut (encrypted: %s)', async (encrypted) => {
    const file = await backup(encrypted ? { passphrase: PASSPHRASE } : {});
    const bytes = readFileSync(file);
    for (const length of [0, 5, 40, 60, Math.floor(bytes.length / 2), bytes.length - 1]) {
      writeFileSync(file, bytes.subarray(0, length));
      await expect(restore(file)).rejects.toThrow(/the backup cannot be (used|opened)/);
    }
  });

  it('a backup whose files were changed', async () => {
    const file = await backup();
    const tar = gunzipSync(readFileSync(file));
    const at = tar.indexOf('before@example.com');
    tar.write('mallory', at);
    writeFileSync(file, gzipSync(tar));
    await expect(restore(file)).rejects.toThrow('policy/groups.yml does not have the checksum of the manifest');
  });

  it('files that are no backup', async () => {
    const file = join(from.dir, 'x');
    for (const content of ['', 'text', gzipSync('text'), gzipSync(Buffer.alloc(1024)), gzipSync(Buffer.alloc(4096, 'a'))]) {
      writeFileSync(file, content);
      await expect(restore(file)).rejects.toThrow('the backup cannot be used');
    }
    await expect(restore(join(from.dir, 'nothing'))).rejects.toThrow('there is no file');
  });

  it.each([
    ['with ..', 'policy/../../certs/ca.pem'],
    ['absolute', '/etc/passwd'],
    ['hidden', 'policy/.lock'],
    ['of no part', 'other/x.yml'],
    ['of a part itself', 'policy'],
    ['with an empty step', 'policy//x.yml'],
    ['with a backslash', 'policy\\..\\x'],
    ['with a line feed', 'policy/a\nb'],
    ['of a folder', 'policy/x/'],
    ['of another part of the data folder', 'state/restore.json'],
    ['of another configuration', 'config/x.yaml'],
  ])('a name that leads elsewhere: %s', async (_what, path) => {
    const file = await forge([{ path, content: 'x' }]);
    await expect(restore(file)).rejects.toThrow('is no name that a backup can hold');
    expect(existsSync(join(to.dir, 'x'))).toBe(false);
  });

  it.each([
    [
      'another file than the manifest names',
      { files: [['policy/a.yml', 'x']], holds: [['policy/b.yml', 'x']] },
      'its manifest says otherwise',
    ],
    ['a file more', { files: [], holds: [['policy/b.yml', 'x']] }, 'its manifest says otherwise'],
    ['a file less', { files: [['policy/a.yml', 'x']], holds: [] }, 'missing'],
    ['a longer file', { files: [['policy/a.yml', 'x']], holds: [['policy/a.yml', 'xx']] }, 'its manifest says otherwise'],
    [
      'one name twice, in other letters',
      {
        files: [
          ['policy/a.yml', 'x'],
          ['policy/A.yml', 'x'],
        ],
        holds: [],
      },
      'names a file twice',
    ],
    [
      'a database that is none',
      { files: [['state/a.sqlite', NO_DATABASE]], holds: [['state/a.sqlite', NO_DATABASE]] },
      'no usable database',
    ],
  ] as [string, { files: [string, string][]; holds: [string, string][] }, string][])(
    '%s',
    async (_what, { files, holds }, message) => {
      const file = await forge(
        files.map(([path, content]) => ({ path, content })),
        { holds: holds.map(([path, content]) => ({ path, content })) },
      );
      await expect(restore(file)).rejects.toThrow(message);
    },
  );

  it.each([
    ['a later format', { format: 2 }, 'format 2, made by a later Daylight'],
    ['no format', { format: undefined }, 'its manifest is wrong: format'],
    ['a later version', { daylight: '1.10.0' }, 'made by Daylight 1.10.0, and this is 1.2.3'],
    ['a key of somebody else', { extra: 1 }, 'its manifest is wrong'],
  ])('a manifest with %s', async (_what, over, message) => {
    await expect(restore(await forge([{ path: 'policy/a.yml', content: 'x' }], { over }))).rejects.toThrow(message);
  });

  it('more than the disk has room for, and bombs of zeros, without unpacking them', async () => {
    const huge = await forge([{ path: 'policy/a.yml', content: 'x' }], {
      over: { files: [{ path: 'policy/a.yml', bytes: 2 ** 50, mode: 0o600, sha256: '0'.repeat(64) }] },
    });
    await expect(restore(huge)).rejects.toThrow('has room for');
    const bomb = await forge([], { holds: [{ path: 'policy/a.yml', content: '\0'.repeat(50_000_000) }] });
    expect(statSync(bomb).size).toBeLessThan(200_000);
    await expect(restore(bomb)).rejects.toThrow('its manifest says otherwise');
    const large = join(from.dir, 'large');
    writeFileSync(large, gzipSync(await packed([{ path: 'manifest.json', content: ' '.repeat(5_000_000) }])));
    await expect(restore(large)).rejects.toThrow('its manifest has more than');
  });

  it('policy or a CA that cannot be used', async () => {
    const file = await backup();
    await expect(
      restore(file, {
        checkPolicy: () => {
          throw new Error('broken policy');
        },
      }),
    ).rejects.toThrow('broken policy');
    const other = await forge([
      { path: 'ca/ca.key', content: readFileSync(join(from.folders.certs, 'ca.key'), 'utf8') },
      { path: 'ca/ca.pem', content: readFileSync(join(to.folders.certs, 'ca.pem'), 'utf8') },
    ]);
    await expect(restore(other)).rejects.toThrow('ca.pem');
  });

  it('a check, which says that it could be done', async () => {
    expect((await restore(await backup(), { checkOnly: true })).kept).toEqual([]);
  });

  it('a place that cannot be written', async () => {
    if (process.getuid?.() === 0) return;
    chmodSync(to.folders.certs, 0o500);
    await expect(restore(await backup())).rejects.toThrow();
    chmodSync(to.folders.certs, 0o700);
  });
});

describe('a restore that is cut off', () => {
  it('at any step, is carried out to its end by whoever comes next', async () => {
    const file = await backup();
    await restore(file, { stamp: 'first' });
    const wanted = stateOf(to);
    let steps = 0;
    for (let cut = 0; ; cut++) {
      // Something else is there each time.
      for (const { dir, name } of [
        { dir: to.folders.certs, name: 'ca.pem' },
        { dir: join(to.folders.rules, 'local'), name: 'groups.yml' },
      ])
        writeFileSync(join(dir, name), `other ${cut}`);
      writeFileSync(join(to.folders.rules, 'local/extra.yml'), 'other');
      const before = stateOf(to);
      steps = 0;
      const stop = (): void => {
        if (steps++ === cut) throw new Error('cut');
      };
      const outcome = await restoreBackup({
        ...{ file, folders: to.folders, version: '1.2.3', stamp: `cut-${cut}`, checkPolicy() {}, checkCa() {}, onStep: stop },
        passphrase: () => PASSPHRASE,
      }).catch((error: Error) => error.message);
      if (outcome !== 'cut') break;
      // Nothing has moved before the first step.
      if (cut === 0) expect(stateOf(to)).toEqual(before);
      // Whoever comes next can be cut off, too.
      let again = 0;
      const cutAgain = (): void => {
        if (again++ === 1) throw new Error('cut again');
      };
      try {
        finishRestore(to.folders.data, cutAgain);
      } catch (error) {
        expect(String(error)).toContain('cut again');
      }
      finishRestore(to.folders.data);
      expect(stateOf(to)).toEqual(wanted);
      expect(leftovers(to)).toEqual([]);
      expect(finishRestore(to.folders.data)).toBe(false);
    }
    expect(steps).toBeGreaterThan(6);
    expect(stateOf(to)).toEqual(wanted);
  });

  it('with a plan that cannot be read keeps Daylight from starting on half of each state', () => {
    writeFileSync(join(to.folders.data, 'restore.json'), '{"folders": 3}');
    expect(() => finishRestore(to.folders.data)).toThrow(/a restore was cut off and cannot be finished/);
  });
});

interface Forged {
  path: string;
  content: string;
}

async function packed(files: readonly Forged[]): Promise<Buffer> {
  const entries = files.map(({ path, content }) => ({
    entry: { path, bytes: Buffer.byteLength(content), mode: 0o600, time: 0 },
    content: [Buffer.from(content)],
  }));
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A backup by somebody who knows the format. @param holds what is in it, if not what the manifest says */
async function forge(
  files: readonly Forged[],
  { holds = files, over = {} }: { holds?: readonly Forged[]; over?: Record<string, unknown> } = {},
): Promise<string> {
  const manifest: Manifest = {
    ...{
      format: 1,
      daylight: '1.2.3',
      created: '2023-11-14T22:13:20.000Z',
      sensor: 'here',
    },
    files: files.map(({ path, content }) => ({
      ...{ path, bytes: Buffer.byteLength(content), mode: 0o600 },
      sha256: createHash('sha256').update(content).digest('hex'),
    })),
  };
  const file = join(from.dir, 'forged.tar.gz');
  writeFileSync(
    file,
    gzipSync(await packed([{ path: 'manifest.json', content: JSON.stringify({ ...manifest, ...over }) }, ...holds])),
  );
  return file;
}
