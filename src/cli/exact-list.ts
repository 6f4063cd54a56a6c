// `daylight dlp exact build`: a list of one's own values, as salted hashes, for a detector with `exact:`. The values themselves
// are not kept and not shown.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readCsv } from '../csv.ts';
import { buildExactList, EXACT_MAX_VALUES, EXACT_MIN_LENGTH, exactFileSchema, writeExactList } from '../engine/dlp/exact.ts';
import { nearest } from '../engine/nearest.ts';
import { DaylightError } from '../errors.ts';
import { bareCommand, type CommonOptions, group } from './command.ts';
import { print, printJson } from './output.ts';
import { readInput } from './read-input.ts';

export function exactCommand(): Command {
  return group('exact', 'exact data match: lists of values of your own, kept as salted hashes', [
    bareCommand('build', 'make a list from a CSV column, or from a text with one value a line')
      .argument('<file>', 'CSV with a header line (with --column), or one value a line; - for standard input')
      .requiredOption('--out <file>', 'the list; put it beside the detector that names it')
      .option('--column <name>', 'the column of the CSV that holds the values')
      .action(build),
  ]);
}

function build(file: string, options: CommonOptions & { column?: string; out: string }): void {
  const text = readInput(file);
  const values = options.column === undefined ? linesOf(file, text) : columnOf(file, text, options.column);
  const { list, tooShort, repeated } = buildExactList(values, randomBytes(16).toString('hex'), sha256);
  const kept = list.hashes.length;
  if (kept === 0) {
    throw new DaylightError(
      'ERR_USAGE',
      `${file}: holds no value of at least ${EXACT_MIN_LENGTH} characters (${tooShort} are shorter); nothing was written`,
    );
  }
  if (kept > EXACT_MAX_VALUES) {
    throw new DaylightError('ERR_USAGE', `${file}: holds ${kept} values; a list has at most ${EXACT_MAX_VALUES}: split it`);
  }
  writeList(options.out, writeExactList(list));
  if (options.json) {
    printJson({ file: options.out, values: kept, tooShort, repeated });
    return;
  }
  print(`${kept} values written to ${options.out} as hashes.`);
  if (repeated > 0) print(`${repeated} were there already.`);
  if (tooShort > 0) {
    print(`${tooShort} left out: shorter than ${EXACT_MIN_LENGTH} characters, so easily guessed and found everywhere by chance.`);
  }
}

function linesOf(file: string, text: string): string[] {
  if (/\.csv$/i.test(file)) throw new DaylightError('ERR_USAGE', `${file}: say with --column which column holds the values`);
  return text.replace(/^\ufeff/, '').split(/\r?\n/);
}

function columnOf(file: string, text: string, name: string): string[] {
  let records: string[][];
  try {
    records = readCsv(text);
  } catch (cause) {
    throw new DaylightError('ERR_USAGE', `${file}: ${(cause as Error).message}`, { cause });
  }
  const [header = [], ...rows] = records;
  const at = header.findIndex((each) => each.trim() === name);
  if (at < 0) {
    // Without a header line the first record would be data: it is not shown.
    const near = nearest(name, header);
    const fix =
      near === undefined ? `name one of the ${header.length} in its first line` : `did you mean ${JSON.stringify(near)}?`;
    throw new DaylightError('ERR_USAGE', `--column ${JSON.stringify(name)}: ${file} has no such column; ${fix}`);
  }
  return rows.map((row) => row[at] ?? '');
}

/** Replaces the file at once: a running appliance may read it at any time. Only an earlier list is replaced. */
function writeList(file: string, text: string): void {
  if (existsSync(file) && !isList(file)) {
    throw new DaylightError('ERR_USAGE', `--out ${file}: exists and is no list; choose another name`);
  }
  const fresh = `${file}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, file);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new DaylightError('ERR_USAGE', `--out ${file}: cannot be written (${(cause as Error).message})`, { cause });
  }
}

function isList(file: string): boolean {
  try {
    return exactFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).success;
  } catch {
    return false;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
