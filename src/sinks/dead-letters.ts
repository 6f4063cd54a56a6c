// Events that a receiver would never take, kept for people to look at: NDJSON of reason and event, oldest files go when there are too
// many.
//
// When somebody wants them sent again, their files are moved to the folder `resend` beside them. Who sends takes them from there into the
// queue, a file at a time, and removes a file only when the queue has it on disk: a crash can repeat them, and loses none.

import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Event } from '../engine/event.ts';
import type { SinkQueue } from './queue.ts';

export interface DeadLetter {
  reason: string;
  /** Absent where what waited was no event; then the line as it was. */
  event?: Event;
  line?: string;
}

export interface DeadLetters {
  /** @throws the disk's error */
  write(letters: readonly DeadLetter[], now: number): Promise<void>;
  /**
   * Brings what was released into the queue, oldest first, as far as there is room: it pushes out nothing that waits.
   *
   * @throws the disk's error; what is not in the queue then stays released
   */
  returnTo(queue: Pick<SinkQueue, 'append' | 'bytes'>, limitBytes: number): Promise<void>;
}

const FILES = 8;

/** @param limitBytes disk that they may take */
export function openDeadLetters(dir: string, limitBytes = 64 * 1024 ** 2): DeadLetters {
  const fileBytes = limitBytes / FILES;
  const released = releasedBeside(dir);
  let file: { path: string; bytes: number } | undefined;
  /** One thing at a time: a file that was released while it was written to is taken when that is done. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = turn.then(act, act);
    turn = done.catch(() => {});
    return done;
  }

  async function startFile(now: number): Promise<{ path: string; bytes: number }> {
    // Both belong to who sends, whoever runs the command line.
    for (const folder of [dir, released]) await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = await filesIn(dir);
    for (const name of names.slice(0, Math.max(0, names.length - FILES + 1))) await unlink(join(dir, name));
    const path = join(dir, `${new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '')}.ndjson`);
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    return { path, bytes };
  }

  async function write(letters: readonly DeadLetter[], now: number): Promise<void> {
    const text = letters.map((letter) => `${JSON.stringify({ at: new Date(now).toISOString(), ...letter })}\n`).join('');
    if (!file || file.bytes >= fileBytes) file = await startFile(now);
    await appendFile(file.path, text, { mode: 0o600 });
    file.bytes += Buffer.byteLength(text);
  }

  async function returnTo(queue: Pick<SinkQueue, 'append' | 'bytes'>, limitBytes: number): Promise<void> {
    for (const name of await filesIn(released)) {
      const path = join(released, name);
      const lines = linesOf(await readFile(path, 'utf8')).map(asQueued);
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      if (queue.bytes > 0 && queue.bytes + bytes.length > limitBytes) return;
      if (lines.length > 0) await queue.append(bytes, lines.length);
      await unlink(path);
    }
  }

  return {
    write: (letters, now) => inTurn(() => write(letters, now)),
    returnTo: (queue, limit) => inTurn(() => returnTo(queue, limit)),
  };
}

/**
 * Lays all dead letters of a sink ready to be sent again: by the appliance that runs, else by the next one that starts.
 *
 * @param dir as for `openDeadLetters` @returns how many @throws the disk's error
 */
export async function releaseDeadLetters(dir: string): Promise<number> {
  let count = 0;
  for (const name of await filesIn(dir)) {
    const found = linesOf(await readFile(join(dir, name), 'utf8')).length;
    await mkdir(releasedBeside(dir), { recursive: true, mode: 0o700 });
    // Under another name: who writes may begin this one again before it is taken.
    await rename(join(dir, name), join(releasedBeside(dir), name.replace('.ndjson', `-${randomUUID()}.ndjson`)));
    count += found;
  }
  return count;
}

function releasedBeside(dir: string): string {
  return join(dirname(dir), 'resend');
}

/** Oldest first; none where there is no folder. */
async function filesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.ndjson')).sort();
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean);
}

/** What waited before it became this dead letter. One that a crash cut off goes as it is, and becomes a dead letter again. */
function asQueued(letter: string): string {
  try {
    const { event, line } = JSON.parse(letter) as Partial<DeadLetter>;
    return event === undefined ? (line ?? letter) : JSON.stringify(event);
  } catch {
    return letter;
  }
}
