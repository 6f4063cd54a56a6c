// Events as lines of a file that another program collects. A batch is on disk before it is acknowledged.
//
// The file is complete when it is long enough or old enough: it gets the time of its end behind its name, `events-20261120T133015.ndjson`
// for `events.ndjson`, and is compressed if asked for; the oldest complete ones go. A batch that the disk took in part is cut off again.

import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FileOptions } from '../../config/sinks/file.ts';
import { type Destination, SinkError } from '../sink.ts';

interface Current {
  handle: FileHandle;
  bytes: number;
  /** Epoch milliseconds of its first event. */
  since: number;
}

export function createFileDestination(
  { path, rotate }: Pick<FileOptions, 'path' | 'rotate'>,
  now: () => number = Date.now,
): Destination {
  const dir = dirname(path);
  const extension = extname(path);
  const stem = basename(path, extension);
  let current: Current | undefined;
  let packing: Promise<void> = Promise.resolve();

  async function openCurrent(): Promise<Current> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const handle = await open(path, 'a', 0o600);
    const { size, birthtimeMs } = await handle.stat();
    return { handle, bytes: size, since: size === 0 ? now() : birthtimeMs };
  }

  async function complete({ handle }: Current): Promise<void> {
    current = undefined;
    await handle.close();
    const name = join(dir, await freeName());
    await rename(path, name);
    // Compressing takes a while; batches need not wait for it.
    packing = packing.then(() => pack(name)).catch(() => {});
  }

  async function freeName(): Promise<string> {
    const taken = new Set((await readdir(dir)).map((name) => name.replace(/\.gz$/, '')));
    const time = new Date(now()).toISOString().slice(0, 19).replace(/[-:]/g, '');
    const names = [
      `${stem}-${time}${extension}`,
      ...Array.from({ length: 999 }, (_, n) => `${stem}-${time}-${n + 1}${extension}`),
    ];
    return names.find((name) => !taken.has(name)) ?? names[0]!;
  }

  async function pack(name: string): Promise<void> {
    if (rotate.gzip) {
      const zipped = `${name}.gz`;
      await pipeline(createReadStream(name), createGzip(), createWriteStream(`${zipped}.new`, { mode: 0o600 }));
      await rename(`${zipped}.new`, zipped);
      await unlink(name);
    }
    const done = (await readdir(dir)).filter(isComplete).sort();
    for (const old of done.slice(0, Math.max(0, done.length - rotate.keep))) await unlink(join(dir, old));
  }

  function isComplete(name: string): boolean {
    const inner = name.replace(/\.gz$/, '');
    return (
      inner.startsWith(`${stem}-`) &&
      inner.endsWith(extension) &&
      /^\d{8}T\d{6}(-\d+)?$/.test(inner.slice(stem.length + 1, inner.length - extension.length))
    );
  }

  async function isStillThere({ handle }: Current): Promise<boolean> {
    const [ours, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
    return there !== undefined && there.ino === ours.ino;
  }

  return {
    async send(batch) {
      const text = Buffer.from(batch.map(({ text }) => `${text}\n`).join(''));
      try {
        // Somebody else may have moved it away (logrotate): what is written to it then would not be found.
        if (current && !(await isStillThere(current))) {
          await current.handle.close();
          current = undefined;
        }
        current ??= await openCurrent();
        const isFull = current.bytes > 0 && current.bytes + text.length > rotate.bytes;
        if (isFull || (current.bytes > 0 && now() - current.since >= rotate.age)) await complete(current);
        current ??= await openCurrent();
        await append(current, text);
        return [];
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException;
        const fix = code === 'ENOSPC' ? 'the disk is full' : 'check the folder, its owner and permissions';
        throw new SinkError(`cannot write ${path}: ${message}; ${fix}`, { cause: error });
      }
    },
    async close() {
      await packing;
      await current?.handle.close();
      current = undefined;
    },
  };
}

async function append(current: Current, text: Buffer): Promise<void> {
  try {
    let written = 0;
    while (written < text.length) written += (await current.handle.write(text, written)).bytesWritten;
    await current.handle.datasync();
    current.bytes += text.length;
  } catch (error) {
    await current.handle.truncate(current.bytes).catch(() => {});
    throw error;
  }
}
