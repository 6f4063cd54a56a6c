// What waits for one sink, on disk: lines are added at one end and sent from the other. So a receiver that is down holds up nobody but
// its own sink, which keeps only what it would send.
//
// Files: `<seq>.ndjson` in order, and `cursor.json`, which says how far into the first of them delivery has come. When more waits than
// may, the oldest file is given up: of it, only what is precious stays (`<seq>.kept.ndjson`); when nothing else is left, that goes, too. A crash can repeat the last batch, and loses none that was added.

import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface QueueOptions {
  /** A folder of its own; made if it is not there. */
  dir: string;
  /** Disk that what waits may take, bytes. */
  limitBytes: number;
  /** Bytes at which a file is followed by the next. */
  fileBytes?: number;
  /** Whether a line is among those that are given up last. */
  isPrecious(line: string): boolean;
}

/** The oldest lines, to be acknowledged when they are delivered. */
export interface Taken {
  lines: string[];
  /** The file that they are in, and where in it the next one begins. */
  file: object;
  end: number;
}

export interface SinkQueue {
  /** Adds whole lines, each with its newline. Resolves when they are on disk. @throws the disk's error */
  append(lines: Buffer, count: number): Promise<void>;
  /** The oldest lines, undefined when nothing waits. The same again until they are acknowledged. */
  take(most: { events: number; bytes: number }): Promise<Taken | undefined>;
  acknowledge(taken: Taken): Promise<void>;
  /** What waits. */
  readonly events: number;
  readonly bytes: number;
  /** Events given up because of the limit, since it was opened. */
  readonly skipped: number;
  close(): Promise<void>;
}

interface QueueFile {
  seq: number;
  name: string;
  /** Bytes of it that count; what a failed write left behind does not. */
  size: number;
  kept: boolean;
}

const NAME = /^(\d{9})(\.kept)?\.ndjson$/;
const NEWLINE = 0x0a;
const LEAST_READ = 64 * 1024;

export async function openSinkQueue(options: QueueOptions): Promise<SinkQueue> {
  const { dir, limitBytes, fileBytes = Math.min(8 * 1024 ** 2, Math.ceil(limitBytes / 8)) } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const files = await filesIn(dir);
  const cursor = await readCursor(dir);
  let offset = files[0]?.name === cursor.file ? Math.min(cursor.offset, files[0].size) : 0;
  // Numbers are never used again: the cursor could mean a file of before.
  let last = Math.max(files.at(-1)?.seq ?? 0, Number(NAME.exec(cursor.file)?.[1] ?? 0));
  let bytes = files.reduce((sum, { size }) => sum + size, 0) - offset;
  let events = 0;
  let skipped = 0;
  let tail: { file: QueueFile; handle: FileHandle } | undefined;
  /** One thing at a time; counting what was left from before comes first. */
  let turn: Promise<unknown> = countEvents();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = turn.then(act, act);
    turn = done.catch(() => {});
    return done;
  }

  async function countEvents(): Promise<void> {
    for (const [index, file] of files.entries())
      events += await countLines(join(dir, file.name), index === 0 ? offset : 0, file.size);
  }

  async function append(lines: Buffer, count: number): Promise<void> {
    while (bytes + lines.length > limitBytes && files.some((file) => file !== tail?.file)) await giveUpOldest();
    if (tail && tail.file.size >= fileBytes) await finishTail();
    tail ??= await startTail();
    const { file, handle } = tail;
    try {
      for (let written = 0; written < lines.length; )
        written += (await handle.write(lines, written, lines.length - written, file.size + written)).bytesWritten;
      await handle.datasync();
    } catch (error) {
      // The rest of the file is in doubt: what comes next begins another.
      await finishTail();
      await truncate(join(dir, file.name), file.size).catch(() => {});
      throw error;
    }
    file.size += lines.length;
    bytes += lines.length;
    events += count;
  }

  async function startTail(): Promise<{ file: QueueFile; handle: FileHandle }> {
    const file = { seq: ++last, name: `${String(last).padStart(9, '0')}.ndjson`, size: 0, kept: false };
    const handle = await open(join(dir, file.name), 'wx', 0o600);
    await syncFolder(dir);
    files.push(file);
    return { file, handle };
  }

  async function finishTail(): Promise<void> {
    const ended = tail;
    tail = undefined;
    await ended?.handle.close().catch(() => {});
  }

  /** Leaves of the oldest file what is precious; where all were treated so before, nothing of the oldest. */
  async function giveUpOldest(): Promise<void> {
    const full = files.findIndex((one) => !one.kept && one !== tail?.file);
    const at = Math.max(0, full);
    const file = files[at]!;
    const from = at === 0 ? offset : 0;
    const text = (await read(file, from, file.size - from)).toString();
    const lines = text.split('\n').slice(0, -1);
    const kept = file.kept ? [] : lines.filter(options.isPrecious);
    const rest = kept.map((line) => `${line}\n`).join('');
    if (kept.length > 0) {
      const name = file.name.replace('.ndjson', '.kept.ndjson');
      await writeFile(join(dir, `${name}.new`), rest, { mode: 0o600, flush: true });
      await rename(join(dir, `${name}.new`), join(dir, name));
      files[at] = { seq: file.seq, name, size: Buffer.byteLength(rest), kept: true };
    } else files.splice(at, 1);
    await remove(file);
    bytes -= file.size - from - Buffer.byteLength(rest);
    if (at === 0) offset = 0;
    events -= lines.length - kept.length;
    skipped += lines.length - kept.length;
  }

  async function take(most: { events: number; bytes: number }): Promise<Taken | undefined> {
    for (let length = Math.max(LEAST_READ, most.bytes); ; ) {
      const file = files[0];
      if (!file) return undefined;
      if (offset >= file.size) {
        if (file === tail?.file) return undefined;
        await dropFirst(file);
        continue;
      }
      const chunk = await read(file, offset, Math.min(length, file.size - offset));
      const { lines, used } = cutLines(chunk, most);
      if (lines.length > 0) return { lines, file, end: offset + used };
      // A line longer than usual; or, at the end of a file, one that was never finished.
      if (chunk.length === file.size - offset) await dropFirst(file);
      else length *= 2;
    }
  }

  async function dropFirst(file: QueueFile): Promise<void> {
    if (file === tail?.file) await finishTail();
    bytes -= file.size - offset;
    files.shift();
    offset = 0;
    await remove(file);
  }

  async function acknowledge({ lines, file, end }: Taken): Promise<void> {
    // Given up meanwhile: counted as that.
    if (file !== files[0] || end <= offset) return;
    bytes -= end - offset;
    events -= lines.length;
    offset = end;
    // Lost, it repeats what was delivered: no reason to stop.
    await writeCursor(dir, files[0]!.name, offset).catch(() => {});
  }

  async function read(file: QueueFile, from: number, length: number): Promise<Buffer> {
    const handle = await open(join(dir, file.name), 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async function remove({ name }: QueueFile): Promise<void> {
    await unlink(join(dir, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  return {
    append: (lines, count) => inTurn(() => append(lines, count)),
    take: (most) => inTurn(() => take(most)),
    acknowledge: (taken) => inTurn(() => acknowledge(taken)),
    get events() {
      return events;
    },
    get bytes() {
      return bytes;
    },
    get skipped() {
      return skipped;
    },
    close: () => inTurn(finishTail),
  };
}

/** Whole lines up to the limits, at least one if there is one. */
function cutLines(chunk: Buffer, most: { events: number; bytes: number }): { lines: string[]; used: number } {
  const lines: string[] = [];
  let used = 0;
  while (lines.length < most.events) {
    const end = chunk.indexOf(NEWLINE, used);
    if (end < 0 || (lines.length > 0 && end >= most.bytes)) break;
    lines.push(chunk.toString('utf8', used, end));
    used = end + 1;
  }
  return { lines, used };
}

async function filesIn(dir: string): Promise<QueueFile[]> {
  const found: QueueFile[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const parts = NAME.exec(name);
    if (!parts) continue;
    // Killed while a file was given up: what was kept of it stands for it.
    if (!parts[2] && existsSync(join(dir, name.replace('.ndjson', '.kept.ndjson')))) await unlink(join(dir, name));
    else found.push({ seq: Number(parts[1]), name, size: (await stat(join(dir, name))).size, kept: parts[2] !== undefined });
  }
  return found;
}

interface Cursor {
  file: string;
  offset: number;
}

async function readCursor(dir: string): Promise<Cursor> {
  try {
    const { file, offset } = JSON.parse(await readFile(join(dir, 'cursor.json'), 'utf8')) as Partial<Cursor>;
    if (typeof file === 'string' && Number.isSafeInteger(offset) && Number(offset) >= 0) return { file, offset: Number(offset) };
  } catch {
    // None yet, or a disk that lost it: what was delivered is delivered again.
  }
  return { file: '', offset: 0 };
}

async function writeCursor(dir: string, file: string, offset: number): Promise<void> {
  const path = join(dir, 'cursor.json');
  await writeFile(`${path}.new`, JSON.stringify({ file, offset }), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function countLines(path: string, from: number, to: number): Promise<number> {
  const handle = await open(path, 'r');
  let lines = 0;
  try {
    const buffer = Buffer.allocUnsafe(1024 ** 2);
    for (let at = from; at < to; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) break;
      for (let found = buffer.indexOf(NEWLINE); found >= 0 && found < bytesRead; found = buffer.indexOf(NEWLINE, found + 1))
        lines++;
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return lines;
}

/** Makes the name of a new file survive a power cut. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
