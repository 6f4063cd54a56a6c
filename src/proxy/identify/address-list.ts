// A list of addresses and who uses them, as a file or a feed has it: CSV or JSON, told apart by the first character.
//
//   CSV   a header that names the columns (address or network, user, groups, device, until), groups separated by ";"
//   JSON  [{ "address": "10.1.2.3", "user": "ann", "groups": ["sales"], "device": "ann-laptop", "until": "2026-01-31T12:00:00Z" }]
//
// One line that is wrong refuses the whole list: who somebody is should not depend on what could be read.

import { z } from 'zod';
import { readCsv } from '../../csv.ts';
import { DaylightError } from '../../errors.ts';
import { malformed } from './lease.ts';
import { networkOf } from './numeric-address.ts';

/** What one line says. */
export interface ListedAddress {
  network: string;
  user: string;
  groups: readonly string[];
  device: string;
  /** Epoch milliseconds; 0 for no end. */
  until: number;
}

const COLUMNS = new Set(['address', 'network', 'user', 'groups', 'device', 'until']);
/** More lines than any network of this size has. */
const MAX_LINES = 500_000;
const name = z.string().regex(/^\P{Cc}{0,256}$/u, 'must be at most 256 characters without control characters');
const entry = z
  .strictObject({
    address: z.string().optional(),
    network: z.string().optional(),
    user: name.default(''),
    groups: z.array(name.min(1)).max(200).default([]),
    device: name.default(''),
    until: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T12:00:00Z' }).optional(),
  })
  .refine(({ address, network }) => (address === undefined) !== (network === undefined), 'must have one of address and network')
  .refine(({ address, network }) => networkOf(address ?? network ?? '') !== undefined, 'names no address or network')
  .refine(
    ({ address, network }) => isPlace(address ?? network ?? ''),
    'names an address with the length of its network, which could mean either: leave out the length, or write the first address of the network',
  )
  .refine(({ user, device }) => user !== '' || device !== '', 'names neither user nor device');

/** @throws DaylightError ERR_IDENTITY naming the line, or the place in the list */
export function parseAddressList(text: string): ListedAddress[] {
  // Windows begins files with a byte order mark.
  const plain = text.replace(/^\ufeff/, '');
  return /^\s*[[{]/.test(plain) ? fromJson(plain) : fromCsv(plain);
}

/** Whether it is one address, or a network by its first: 10.1.2.3/24 would give the whole network to one user. */
function isPlace(text: string): boolean {
  const { address, prefix } = networkOf(text) ?? {};
  return !address || prefix === undefined || BigInt.asUintN(address.bits - prefix, address.value) === 0n;
}

function fromJson(text: string): ListedAddress[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new DaylightError('ERR_IDENTITY', `this is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  if (!Array.isArray(list)) throw new DaylightError('ERR_IDENTITY', 'the JSON is not a list of addresses');
  tooMany(list.length);
  return list.map((value, index) => checked(value, `entry ${index + 1}`));
}

function fromCsv(text: string): ListedAddress[] {
  const lines = text
    .split(/\r\n?|\n/)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== '' && !content.trimStart().startsWith('#'));
  const [first, ...rows] = lines;
  // A file that is being written, or an answer that was lost, must not take everybody's name away.
  if (!first) throw new DaylightError('ERR_IDENTITY', 'it is empty; a list of nobody has its first line, or is []');
  const columns = fieldsOf(first.content, first.line).map((column) => column.toLowerCase());
  const strange = columns.find((column) => !COLUMNS.has(column));
  if (strange !== undefined || new Set(columns).size !== columns.length)
    throw malformed(first.line, `the first line must name the columns, each once, of ${[...COLUMNS].join(', ')}`);
  tooMany(rows.length);
  return rows.map(({ content, line }) => {
    const fields = fieldsOf(content, line);
    if (fields.length !== columns.length)
      throw malformed(line, `${fields.length} fields where the first line has ${columns.length}`);
    const value: Record<string, unknown> = {};
    for (const [index, column] of columns.entries()) {
      const field = fields[index]!;
      if (column === 'groups')
        value.groups = field
          .split(';')
          .map((group) => group.trim())
          .filter(Boolean);
      else if (field !== '') value[column] = field;
    }
    return checked(value, `line ${line}`);
  });
}

function fieldsOf(content: string, line: number): string[] {
  try {
    return (readCsv(content)[0] ?? []).map((field) => field.trim());
  } catch (cause) {
    throw malformed(line, (cause as Error).message.replace(/^line \d+: /, ''));
  }
}

function checked(value: unknown, where: string): ListedAddress {
  const { success, data, error } = entry.safeParse(value);
  if (!success) {
    const [issue] = error.issues;
    throw new DaylightError('ERR_IDENTITY', `${where}: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`);
  }
  const { user, groups, device } = data;
  return { network: data.address ?? data.network ?? '', user, groups, device, until: data.until ? Date.parse(data.until) : 0 };
}

function tooMany(count: number): void {
  if (count > MAX_LINES) throw new DaylightError('ERR_IDENTITY', `${count} lines are more than the ${MAX_LINES} that are read`);
}
