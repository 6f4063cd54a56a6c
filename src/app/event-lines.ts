// Files of event lines (NDJSON) below the data folder: how many lines are about a person, and taking those out where nobody else writes.
//
//   spool/*, sinks/*/{queue,resend}/*   on their way: what delivers them relies on their bytes. Only counted.
//   spool/dead/*                        copies of segments with refused lines. Taken out, unless the segment is still being delivered.
//   sinks/*/dead/*                      what receivers refused. Taken out; while an appliance runs, not from the newest, which it adds to.
//
// Audit events name their actors and are about nobody: they stay.

import { existsSync, readdirSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Person } from './person.ts';

export interface LinesFound {
  /** On their way to ClickHouse, and to sinks. */
  spooled: number;
  queued: number;
  /** Refused ones that were taken out, and that could not be. */
  dropped: number;
  left: number;
}

/** @param running an appliance has the folder */
export async function dropEventLines(data: string, person: Person, running: boolean): Promise<LinesFound> {
  const spool = join(data, 'spool');
  const sinks = namesIn(join(data, 'sinks')).map((name) => join(data, 'sinks', name));
  const found: LinesFound = { spooled: 0, queued: 0, dropped: 0, left: 0 };
  for (const file of eventFiles(spool)) found.spooled += await countLines(file, person);
  for (const sink of sinks) {
    const files = ['queue', 'resend'].flatMap((name) => eventFiles(join(sink, name)));
    for (const file of files) found.queued += await countLines(file, person);
  }
  const dead = eventFiles(join(spool, 'dead')).map((file) => ({ file, fixed: !existsSync(join(spool, basename(file))) }));
  const refused = sinks.flatMap((sink) => {
    const files = eventFiles(join(sink, 'dead'));
    return files.map((file) => ({ file, fixed: !running || file !== files.at(-1) }));
  });
  for (const { file, fixed } of [...dead, ...refused]) {
    if (fixed) found.dropped += await dropLines(file, person);
    else found.left += await countLines(file, person);
  }
  return found;
}

async function countLines(file: string, person: Person): Promise<number> {
  return (await linesOf(file)).filter((line) => isAbout(line, person)).length;
}

async function dropLines(file: string, person: Person): Promise<number> {
  const lines = await linesOf(file);
  const others = lines.filter((line) => !isAbout(line, person));
  if (others.length === lines.length) return 0;
  await writeFile(`${file}.new`, others.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return lines.length - others.length;
}

function isAbout(line: string, { names, isNamedIn }: Person): boolean {
  // Most lines are about others, and need not be understood.
  if (!names.some((name) => line.includes(JSON.stringify(name).slice(1, -1)))) return false;
  const event = eventIn(line);
  if (!event) return isNamedIn(line);
  const { user_id: user = '', src_ip: address = '', who = '' } = event;
  return [user, who, user === '' ? address : ''].some((name) => names.includes(name));
}

/** The event of a line or of a dead letter; undefined where there is none to be read. */
function eventIn(line: string): Record<string, string> | undefined {
  try {
    const parsed = JSON.parse(line);
    return 'reason' in parsed && ('event' in parsed || 'line' in parsed) ? parsed.event : parsed;
  } catch {
    return undefined;
  }
}

/** None if the file was delivered meanwhile. */
async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function eventFiles(dir: string): string[] {
  return namesIn(dir)
    .filter((name) => /\.(ndjson|open)$/.test(name))
    .map((name) => join(dir, name));
}

function namesIn(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).sort() : [];
}
