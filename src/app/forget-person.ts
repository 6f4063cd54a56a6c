// Forgets a person, one place after the other. What lies outside ClickHouse goes first: which finding and which request are theirs is told
// by their events. Done twice it is the same, so whatever was cut off is done by doing it again.
//
//   access.sqlite    proxy tokens            console.sqlite   notes on their findings, names in notes
//   requests.sqlite  what they asked for     dead letters     lines about them
//   ClickHouse       rows and rollups (store/delete-user.ts)
//
// What stays is told with the reason, and with the lines that people have to change: policy and configuration are theirs.

import { existsSync, readdirSync } from 'node:fs';
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
import { countAuditOfPerson, eventsOfPerson } from '../store/person-traces.ts';
import { openPolicyHistory } from '../store/policy-history.ts';
import { findingIdsOf } from '../store/reports/findings.ts';
import { dropEventLines, type LinesFound } from './event-lines.ts';
import { namedLines, yamlBelow } from './named-lines.ts';
import { type Person, personOf } from './person.ts';

export interface ForgetParts {
  reader: ClickHouseClient;
  /** Deletes the rows of these names from ClickHouse (store/delete-user.ts). */
  deleteRows(names: readonly string[]): Promise<DeletedRows[]>;
  /** The configuration file, if there may be one. */
  configFile: string | undefined;
}

/** Something that still names the person. */
export interface Kept {
  what: string;
  why: string;
  /** How many; absent where nobody counted. */
  n?: number;
  /** Where to look, one line each. */
  where: string[];
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

const VERSIONS = 1_000;
/** Lines that are shown; an address list can hold thousands. */
const LINES = 200;

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
  const kept = [
    ...keptLines(lines),
    ...keptNames(config, person, [...requests.mentions, ...notes.mentions], accounts, parts.configFile),
    ...(await keptRecords(config, person, parts.reader)),
  ].filter(({ n }) => n !== 0);
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

function keptLines({ spooled, queued, left }: LinesFound): Kept[] {
  const where: string[] = [];
  return [
    {
      what: 'events in the spool',
      why: 'they are on their way to ClickHouse and cannot be changed; do this again when they have arrived (the appliance must run for that)',
      ...{ n: spooled, where },
    },
    {
      what: 'events in the queues of sinks',
      why: 'they are being sent and cannot be changed; they go when the receiver has them, so delete them there',
      ...{ n: queued, where },
    },
    {
      what: 'dead letters',
      why: 'the appliance still writes to their file; stop it and do this again, or wait until newer files have replaced it',
      ...{ n: left, where },
    },
  ];
}

function keptNames(
  config: Config,
  person: Person,
  mentions: string[],
  accounts: string[],
  configFile: string | undefined,
): Kept[] {
  const lists = config.identity.addresses.flatMap((source) =>
    'file' in source ? [source.file] : 'dhcpLeases' in source ? [source.dhcpLeases] : [],
  );
  const texts = [...yamlBelow(join(config.rules, 'local')), ...lists, ...yamlBelow(join(config.data, 'samples'))];
  const lines = [
    ...namedLines(texts, person.isNamedIn).map(({ where, text }) => `${where}: ${text}`),
    // The line may hold a secret beside the name.
    ...namedLines(configFile ? [configFile] : [], person.isNamedIn).map(({ where }) => where),
  ];
  const shown = lines.length > LINES ? [...lines.slice(0, LINES), `and ${lines.length - LINES} more`] : lines;
  return [
    { what: 'lines of policy, configuration and samples', why: 'they are yours to edit', n: lines.length, where: shown },
    { what: 'texts that mention the name', why: 'others wrote them about something else', n: mentions.length, where: mentions },
    {
      what: 'account of the console',
      why: 'an administrator removes it under Settings; its sessions and API tokens go with it',
      ...{ n: accounts.length, where: accounts },
    },
  ];
}

async function keptRecords(config: Config, person: Person, reader: ClickHouseClient): Promise<Kept[]> {
  const { audit } = config.store.retention;
  const sinks = config.sinks.map(({ name }) => name);
  const aside = [config.data, config.certs, join(config.rules, 'local')].flatMap(asideIn);
  return [
    {
      what: 'audit log',
      why: `it must say who did what; entries are deleted after ${audit} days (store.retention.audit)`,
      ...{ n: await countAuditOfPerson(reader, person.names), where: [] },
    },
    {
      what: 'versions in the history of policy',
      why: `it must say what was in force when, and can be put back; the newest ${VERSIONS} are kept`,
      ...{ n: versionsNaming(config.data, person), where: [] },
    },
    { what: 'counts without names', why: 'people are hashes inside aggregates; they go with their retention', where: [] },
    { what: 'backups', why: 'they cannot be changed; delete them when their time has come', where: [] },
    {
      what: 'files put aside',
      why: 'by a restore, or because they were damaged; delete them when nobody needs them',
      ...{ n: aside.length, where: aside },
    },
    {
      what: 'what sinks have sent',
      why: 'it is out of reach; delete it at the receiver',
      ...{ n: sinks.length, where: sinks },
    },
  ];
}

function versionsNaming(data: string, { isNamedIn }: Person): number {
  if (!existsSync(join(data, 'policy.sqlite'))) return 0;
  const history = openPolicyHistory(data, {
    onBroken(message) {
      throw new Error(message);
    },
  });
  try {
    const versions = history.list(VERSIONS);
    return versions.filter(({ texts, ...note }) => isNamedIn(`${JSON.stringify(note)}\n${Object.values(texts).join('\n')}`))
      .length;
  } finally {
    history.close();
  }
}

/** What restores and damaged files left behind. */
function asideIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.startsWith('.before-') || name.endsWith('.broken'))
    .map((name) => join(dir, name));
}
