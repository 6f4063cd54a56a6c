// What still names a person who was forgotten, with the reason, and with the lines that people have to change: policy and
// configuration are theirs.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Config } from '../config.ts';
import { countAuditOfPerson } from '../store/person-traces.ts';
import { openPolicyHistory } from '../store/policy-history.ts';
import type { LinesFound } from './event-lines.ts';
import { namedLines, yamlBelow } from './named-lines.ts';
import type { Person } from './person.ts';

/** Something that still names the person. */
export interface Kept {
  what: string;
  why: string;
  /** How many; absent where nobody counted. */
  n?: number;
  /** Where to look, one line each. */
  where: string[];
}

const VERSIONS = 1_000;
/** Lines that are shown; an address list can hold thousands. */
const LINES = 200;

/** What was met while the person was forgotten. */
interface Met {
  lines: LinesFound;
  /** Texts of others that name the person. */
  mentions: string[];
  /** Accounts of the console. */
  accounts: string[];
}

/** @param parts `configFile`: the configuration file, if there may be one */
export async function whatStays(
  config: Config,
  person: Person,
  { lines, mentions, accounts }: Met,
  parts: { reader: ClickHouseClient; configFile: string | undefined },
): Promise<Kept[]> {
  const kept = [
    ...keptLines(lines),
    ...keptNames(config, person, mentions, accounts, parts.configFile),
    ...(await keptRecords(config, person, parts.reader)),
  ];
  return kept.filter(({ n }) => n !== 0);
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
