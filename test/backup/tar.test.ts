import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, type TarEntry, writeTar } from '../../src/backup/tar.ts';

type File = [path: string, content: string];

async function pack(files: readonly File[]): Promise<Buffer> {
  const entries = files.map(([path, content]) => ({
    entry: { path, bytes: Buffer.byteLength(content), mode: 0o640, time: 1_700_000_000_000 },
    content: [Buffer.from(content)],
  }));
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Reads in pieces of `size` bytes. */
async function unpack(archive: Buffer, size = 1000): Promise<[TarEntry, string][]> {
  const found: [TarEntry, string][] = [];
  const pieces = (async function* () {
    for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
  })();
  await readTar(pieces, async (entry) => {
    const chunks: Buffer[] = [];
    return {
      write: async (chunk) => void chunks.push(Buffer.from(chunk)),
      end: async () => void found.push([entry, Buffer.concat(chunks).toString()]),
    };
  });
  return found;
}

const FILES: File[] = [
  ['manifest.json', '{}'],
  ['state/empty.sqlite', ''],
  [`policy/${'folder/'.repeat(16)}${'n'.repeat(90)}.yml`, 'x'.repeat(512)],
  ['policy/ünïcode name.yml', 'ä'.repeat(700)],
];

describe('a tar archive', () => {
  it('gives back what was put in, whatever pieces it comes in', async () => {
    const archive = await pack(FILES);
    for (const size of [1, 511, 512, 513, 100_000]) {
      const found = await unpack(archive, size);
      expect(found.map(([{ path }, content]) => [path, content])).toEqual(FILES);
      expect(found[0]![0]).toEqual({ path: 'manifest.json', bytes: 2, mode: 0o640, time: 1_700_000_000_000 });
    }
  });

  it('is one that tar programs read', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'daylight-tar-'));
    try {
      writeFileSync(join(dir, 'a.tar'), await pack(FILES));
      const listed = execFileSync('tar', ['-tf', join(dir, 'a.tar'), '--quoting-style=literal'], { encoding: 'utf8' });
      expect(listed.trim().split('\n')).toEqual(FILES.map(([path]) => path));
      execFileSync('tar', ['-xf', join(dir, 'a.tar'), '-C', dir]);
      for (const [path, content] of FILES) expect(readFileSync(join(dir, path), 'utf8')).toBe(content);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('refuses names that do not fit, and files that change while they are read', async () => {
    await expect(pack([['x'.repeat(101), '']])).rejects.toThrow('too long');
    const shrunk = { entry: { path: 'a', bytes: 3, mode: 0o600, time: 0 }, content: [Buffer.from('ab')] };
    await expect(async () => {
      for await (const _ of writeTar([shrunk]));
    }).rejects.toThrow('changed while it was read');
  });

  it.each([
    ['cut in a header', (archive: Buffer) => archive.subarray(0, 300)],
    ['cut in a file', (archive: Buffer) => archive.subarray(0, 513)],
    ['without its end', (archive: Buffer) => archive.subarray(0, -512)],
    ['with more after its end', (archive: Buffer) => Buffer.concat([archive, Buffer.alloc(1)])],
    ['of nothing', () => Buffer.alloc(0)],
    ['with another byte in a header', (archive: Buffer) => change(archive, 3)],
    ['with something in the padding', (archive: Buffer) => change(archive, 520)],
    ['with a symbolic link', (archive: Buffer) => header(archive, 156, '2')],
    ['with a folder', (archive: Buffer) => header(archive, 156, '5')],
    ['with a negative size', (archive: Buffer) => header(archive, 124, '-0000000001')],
    ['with a size in base 256', (archive: Buffer) => header(archive, 124, '\x80\0\0\0\0\0\0\0\0\0\x01')],
    ['of another kind', (archive: Buffer) => header(archive, 257, 'xstar')],
  ])('%s is refused', async (_what, spoil) => {
    await expect(unpack(spoil(await pack([['a', 'b']])))).rejects.toThrow(/the backup cannot be used/);
  });

  it('refuses noise with an error of its own, and never reads more than it should', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (noise) => {
        await expect(unpack(Buffer.from(noise), 256)).rejects.toThrow(/the backup cannot be used/);
      }),
      { numRuns: 60 },
    );
  });
});

function change(archive: Buffer, at: number): Buffer {
  const copy = Buffer.from(archive);
  copy[at]! ^= 1;
  return copy;
}

/** Writes into the first header, and gives it the checksum that it then has. */
function header(archive: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(archive);
  copy.write(text, at, 'latin1');
  copy.fill(' ', 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}
