// `daylight dlp findings` and `daylight dlp evidence`: what DLP found in traffic, masked; and what it found itself, for the
// holder of the operator's private key.

import type { Command } from 'commander';
import type { DlpMatchEvent } from '../engine/event.ts';
import { serverKeyOfUrl } from '../engine/inventory/server-key.ts';
import { DaylightError } from '../errors.ts';
import { listMatches } from '../store/dlp-queries.ts';
import { openEvidence } from '../store/evidence.ts';
import { recordAct } from './audit.ts';
import { type CommonOptions, command, configOf } from './command.ts';
import { paint, print, printJson, table, timestamp } from './output.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime } from './values.ts';

interface FindingsOptions extends CommonOptions {
  since: string;
  until?: string;
  server?: string;
  detector?: string;
  user?: string;
  hash?: string;
  flow?: string;
  limit: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The two commands, for the group `dlp`. */
export function dlpFindingsCommands(): Command[] {
  return [
    command('findings', 'list what DLP found in traffic, newest first; values are masked')
      .option('--since <time>', 'from then on, e.g. 24h, 14d or 2026-11-01', '7d')
      .option('--until <time>', 'up to then')
      .option('--server <url>', 'only this server')
      .option('--detector <name>', 'only this detector or family')
      .option('--user <name>', 'only this user')
      .option('--hash <hash>', 'only where this very value passed')
      .option('--flow <id>', 'only this exchange (event id of the flow)')
      .option('--limit <n>', 'at most so many', '100')
      .action(list),
    command('evidence', 'open the sealed value of one finding; needs store.evidenceKey, and is recorded in the audit log')
      .argument('<id>', 'event id of the finding')
      .requiredOption('--key <file>', 'PEM file with the private key')
      .action(open),
  ];
}

async function list(options: FindingsOptions): Promise<void> {
  const { server, until, detector, user, hash, flow } = options;
  const query = {
    since: parseTime(options.since, '--since'),
    until: until === undefined ? undefined : parseTime(until, '--until', 'end'),
    serverKey: server === undefined ? undefined : serverKeyOfUrl(server),
    parent: flow === undefined ? undefined : parseId(flow, '--flow'),
    ...{ detector, user, hash },
    limit: parseCount(options.limit, '--limit', 10_000),
  };
  const found = await withStore(configOf(options), ({ reader }) => listMatches(reader, query));
  if (options.json) for (const each of found) printJson({ ...each, evidence: each.evidence !== '' });
  else if (found.length === 0) print(`DLP found nothing since ${options.since}.`);
  else print(table(['time', 'what', 'confidence', 'action', 'masked', 'where', 'user', 'server'], found.map(cells)));
}

function cells(match: DlpMatchEvent): string[] {
  const { ts, detector, confidence, action, masked, field, direction, user_id, server_key } = match;
  const colour = action === 'block' ? 'red' : action === 'redact' ? 'yellow' : 'dim';
  const place = field.startsWith(direction) ? field : `${direction} ${field}`;
  return [timestamp(ts), detector, confidence, paint(colour, action), masked, place, user_id || '(unknown)', server_key];
}

async function open(id: string, options: CommonOptions & { key: string }): Promise<void> {
  const config = configOf(options);
  const eventId = parseId(id, 'id');
  const [match] = await withStore(config, ({ reader }) => listMatches(reader, { eventId, limit: 1 }));
  if (!match)
    throw new DaylightError('ERR_USAGE', `there is no finding ${id}; "daylight dlp findings --json" shows their event ids`);
  if (match.evidence === '') {
    throw new DaylightError(
      'ERR_USAGE',
      `finding ${id} has no evidence: none is kept unless store.evidenceKey names a public key`,
    );
  }
  const evidence = await openEvidence(match.evidence, options.key);
  await recordAct(config, { action: 'dlp.evidence', objectType: 'finding', objectId: id });
  if (options.json) printJson(evidence);
  else print(evidence.value);
}

function parseId(text: string, option: string): string {
  if (UUID.test(text)) return text.toLowerCase();
  throw new DaylightError('ERR_USAGE', `${option} ${JSON.stringify(text)}: must be an event id, as "--json" shows it`);
}
