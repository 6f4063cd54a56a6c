// Which segments each reader has passed. A segment may go when its slowest reader has passed it.
//
// With one reader of its table nothing needs remembering: passed means deleted. With more, what a reader has passed while others have
// not is kept in `<name>.passed`, one segment id a line; after a crash a reader may see its last segment twice, so
// readers must tolerate that (ClickHouse does, by the segment's id).

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
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
  if (readers.length > 1) for (const [name, ids] of passed) writeFileSync(fileOf(dir, name), linesOf(ids), { mode: 0o600 });
  return {
    hasPassed: (reader, id) => passed.get(reader)?.has(id) ?? false,
    pass(reader, id, wanting) {
      passed.get(reader)?.add(id);
      if (wanting.length > 1) appendFileSync(fileOf(dir, reader), `${id}\n`, { mode: 0o600 });
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

const linesOf = (ids: Iterable<string>) => [...ids].map((id) => `${id}\n`).join('');
const fileOf = (dir: string, name: string) => join(dir, `${name}.passed`);
