// Forgets a person, one place after the other. What lies outside ClickHouse goes first: which finding and which request are theirs is told
// by their events. Done twice it is the same, so whatever was cut off is done by doing it again.
//
//   access.sqlite    proxy tokens            console.sqlite   notes on their findings, names in notes
//   requests.sqlite  what they asked for     dead letters     lines about them
//   ClickHouse       rows and rollups (store/delete-user.ts)
//
// What stays is told with the reason (what-stays.ts).

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { forgetInAccess } from '../access/forget-person.ts';
import type { Config } from '../config.ts';
import { openApprovalRequests } from '../store/approval-requests.ts';
import { openConsoleNotes } from '../store/console-notes.ts';
import type { DeletedRows } from '../store/delete-user.ts';
import { createPseudonyms } from '../store/emit.ts';
import { claimFolder } from '../store/folder-claim.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { eventsOfPerson } from '../store/person-traces.ts';
import { findingIdsOf } from '../store/reports/findings.ts';
import { dropEventLines, type LinesFound } from './event-lines.ts';
import { type Person, personOf } from './person.ts';
import { type Kept, whatStays } from './what-stays.ts';

export interface ForgetParts {
  reader: ClickHouseClient;
  /** Deletes the rows of these names from ClickHouse (store/delete-user.ts). */
  deleteRows(names: readonly string[]): Promise<DeletedRows[]>;
  /** The configuration file, if there may be one. */
  configFile: string | undefined;
}

export interface Forgotten {
  /** For the audit log: the pseudonym, and how many rows and entries were deleted or changed, by place, as JSON. */
  record: { objectId: string; after: string };
  tables: DeletedRows[];
  /** Outside ClickHouse; `renamed`: the alias stands there now. Places without traces are left out. */
  elsewhere: { place: string; deleted: number; renamed: number }[];
  kept: Kept[];
  /** Events about the person are on their way to ClickHouse: this has to be done again. */
  waiting: boolean;
}

/** @throws DaylightError ERR_STORE, ERR_NOT_RUNNING; what was done until then stays done */
export async function forgetPerson(config: Config, name: string, parts: ForgetParts): Promise<Forgotten> {
  const person = personOf(name, createPseudonyms(loadInstallationKey(config.data)));
  const { alias, names } = person;
  // Where ClickHouse does not answer nothing is deleted elsewhere either.
  const findings = await findingIdsOf(parts.reader, names);
  const { accounts, ...tokens } = forgetInAccess(config.data, person.is, alias);
  const requests = await forgetRequests(config.data, person, parts.reader);
  const notes = forgetNotes(config.data, person, findings);
  const lines = await forgetLines(config.data, person);
  const elsewhere = [
    { place: 'proxy tokens', ...tokens },
    { place: 'requests for approval', ...requests.done },
    { place: 'notes in the console', ...notes.done },
    { place: 'dead letters', deleted: lines.dropped, renamed: 0 },
  ].filter(({ deleted, renamed }) => deleted + renamed > 0);
  const tables = await parts.deleteRows(names);
  const mentions = [...requests.mentions, ...notes.mentions];
  const kept = await whatStays(config, person, { lines, mentions, accounts }, parts);
  const changed = [
    ...tables.map(({ table, rows }) => [table, rows] as const),
    ...elsewhere.map(({ place, deleted, renamed }) => [place, deleted + renamed] as const),
  ];
  const record = { objectId: alias, after: JSON.stringify(Object.fromEntries(changed)) };
  return { record, tables, elsewhere, kept, waiting: lines.spooled > 0 };
}

interface Done {
  done: { deleted: number; renamed: number };
  /** What others wrote and that names the person. */
  mentions: string[];
}

async function forgetRequests(data: string, person: Person, reader: ClickHouseClient): Promise<Done> {
  if (!existsSync(join(data, 'requests.sqlite'))) return { done: { deleted: 0, renamed: 0 }, mentions: [] };
  const requests = openApprovalRequests(data);
  try {
    const all = { limit: Number.MAX_SAFE_INTEGER };
    const unidentified = requests.list(all).filter(({ user }) => user === '');
    const ids = unidentified.map(({ event_id }) => event_id);
    const theirs = await eventsOfPerson(reader, person.names, ids);
    const done = requests.forget(
      ({ user, event_id, name, address }) =>
        user === '' ? theirs.has(event_id) || person.is(name) || person.is(address) : person.is(user),
      person.is,
      person.alias,
    );
    const naming = requests.list(all).filter(({ reason, comment }) => person.isNamedIn(`${reason}\n${comment}`));
    return { done, mentions: naming.map(({ id }) => `request ${id}`) };
  } finally {
    requests.close();
  }
}

function forgetNotes(data: string, person: Person, ofPerson: ReadonlySet<string>): Done {
  if (!existsSync(join(data, 'console.sqlite'))) return { done: { deleted: 0, renamed: 0 }, mentions: [] };
  const notes = openConsoleNotes(data);
  try {
    const done = notes.forget(ofPerson, person.is, person.alias);
    const named = (text: string) => text !== person.alias && person.isNamedIn(text);
    const reviews = [...notes.reviews().values()].filter(({ owner, note }) => named(owner) || named(note));
    const findings = [...notes.findingNotes().values()].filter(({ note }) => person.isNamedIn(note));
    return {
      done,
      mentions: [
        ...reviews.map(({ serverKey }) => `note on the server ${serverKey}`),
        ...findings.map(({ id }) => `note on the finding ${id}`),
      ],
    };
  } finally {
    notes.close();
  }
}

/** An appliance that starts meanwhile is held off for that long; one that runs keeps what it writes to. */
async function forgetLines(data: string, person: Person): Promise<LinesFound> {
  const spool = join(data, 'spool');
  if (!existsSync(spool)) return dropEventLines(data, person, false);
  let release: (() => void) | undefined;
  try {
    release = claimFolder(spool);
  } catch {
    // It is in use, perhaps by this process.
  }
  try {
    return await dropEventLines(data, person, release === undefined);
  } finally {
    release?.();
  }
}
