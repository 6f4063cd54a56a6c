// Events that a receiver would never take, kept for people to look at: NDJSON of reason and event, oldest files go when there are too
// many.

import { appendFile, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../engine/event.ts';

export interface DeadLetter {
  reason: string;
  /** Absent where what waited was no event; then the line as it was. */
  event?: Event;
  line?: string;
}

export interface DeadLetters {
  /** @throws the disk's error */
  write(letters: readonly DeadLetter[], now: number): Promise<void>;
}

const FILES = 8;

/** @param limitBytes disk that they may take */
export function openDeadLetters(dir: string, limitBytes = 64 * 1024 ** 2): DeadLetters {
  const fileBytes = limitBytes / FILES;
  let file: { path: string; bytes: number } | undefined;

  async function startFile(now: number): Promise<{ path: string; bytes: number }> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const names = (await readdir(dir)).filter((name) => name.endsWith('.ndjson')).sort();
    for (const name of names.slice(0, Math.max(0, names.length - FILES + 1))) await unlink(join(dir, name));
    const path = join(dir, `${new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '')}.ndjson`);
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    return { path, bytes };
  }

  return {
    async write(letters, now) {
      const text = letters.map((letter) => `${JSON.stringify({ at: new Date(now).toISOString(), ...letter })}\n`).join('');
      if (!file || file.bytes >= fileBytes) file = await startFile(now);
      await appendFile(file.path, text, { mode: 0o600 });
      file.bytes += Buffer.byteLength(text);
    },
  };
}
