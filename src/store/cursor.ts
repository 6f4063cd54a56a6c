// Which segments each reader has passed. A segment may go when its slowest reader has passed it.
//
// With one reader of its table nothing needs remembering: passed means deleted. With more, what a reader has passed while others have
// not is kept in `<name>.passed`, one segment id a line; after a crash a reader may see its last segment twice, so
// readers must tolerate that (ClickHouse does, by the segment's id). What a reader of before had passed is forgotten.

import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A sealed segment, ready to be read. It never changes. */
export interface Segment {
  id: string;
  table: string;
  path: string;
  bytes: number;
}

/** Somebody who wants every sealed segment once, in order. */
export interface Reader {
  /** Letters and digits; part of a file name. */
  name: string;
  /** Whether it wants the segments of a table; all if absent. */
  wants?(table: string): boolean;
  /** Resolves when the segment is safely delivered, `dead` if it can never be. A rejection means: try again later. */
  deliver(segment: Segment): Promise<'delivered' | 'dead'>;
}

const KEPT_LINES = 1_000;

export interface Cursors {
  hasPassed(reader: string, id: string): boolean;
  /** Records that `reader` is done with the segment. True when all of `readers`, those who want it, are. */
  pass(reader: string, id: string, readers: readonly string[]): boolean;
  /** The segment is gone. */
  forget(id: string): void;
}

/** @param present ids of the segments that exist; the rest is forgotten. */
export function openCursors(dir: string, readers: readonly string[], present: ReadonlySet<string>): Cursors {
  const passed = new Map(readers.map((name) => [name, new Set(load(dir, name).filter((id) => present.has(id)))]));
  const lines = new Map<string, number>();
  if (readers.length > 1) for (const name of readers) rewrite(name);
  for (const file of readdirSync(dir)) {
    if (file.endsWith('.passed') && !passed.has(file.slice(0, -'.passed'.length))) rmSync(join(dir, file), { force: true });
  }

  function rewrite(name: string): void {
    const ids = passed.get(name) ?? new Set();
    const file = fileOf(dir, name);
    writeFileSync(`${file}.new`, [...ids].map((id) => `${id}\n`).join(''), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    lines.set(name, ids.size);
  }

  /** The file is shortened now and then: most of what it names is gone. */
  function remember(name: string, id: string): void {
    const count = (lines.get(name) ?? 0) + 1;
    lines.set(name, count);
    if (count > KEPT_LINES && count > 2 * (passed.get(name)?.size ?? 0)) rewrite(name);
    else appendFileSync(fileOf(dir, name), `${id}\n`, { mode: 0o600 });
  }

  return {
    hasPassed: (reader, id) => passed.get(reader)?.has(id) ?? false,
    pass(reader, id, wanting) {
      passed.get(reader)?.add(id);
      try {
        if (wanting.length > 1) remember(reader, id);
      } catch {
        // A disk that is full or broken: after a crash this reader sees the segment again.
      }
      return wanting.every((name) => passed.get(name)?.has(id));
    },
    forget(id) {
      for (const ids of passed.values()) ids.delete(id);
    },
  };
}

function load(dir: string, name: string): string[] {
  try {
    return readFileSync(fileOf(dir, name), 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

const fileOf = (dir: string, name: string) => join(dir, `${name}.passed`);
