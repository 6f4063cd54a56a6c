// `daylight events`: what was stored. `query` shows the latest, `tail` follows, `export` writes everything that fits.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Command } from 'commander';
import { fieldsOf } from '../engine/filter/fields.ts';
import { parseFilter } from '../engine/filter/parse.ts';
import { wildcard } from '../engine/filter/pattern.ts';
import { FilterProblem, pointAt } from '../engine/filter/problem.ts';
import { allOf, type FilterTree, timeOfFilter } from '../engine/filter/tree.ts';
import { DISPOSITIONS, TRAFFIC } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { type EventFilter, type EventPosition, queryEvents } from '../store/queries.ts';
import type { StoredEvent } from '../store/rows.ts';
import { tailEvents } from '../store/tail.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { deleteUserCommand } from './delete-user.ts';
import { note, paint, print, printJson, table, timestamp, visible } from './output.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime, parseWords } from './values.ts';

interface FilterOptions extends CommonOptions {
  since?: string;
  until?: string;
  traffic?: string;
  disposition?: string;
  host?: string;
  user?: string;
  server?: string;
}

const PAGE = 5_000;
/** How far back events are looked for, unless it is said. */
const SINCE = '7d';

export function eventsCommand(): Command {
  return group('events', 'the stored events', [
    filtered(command('query', 'show the latest events, newest first'))
      .option('--since <time>', `from then on, e.g. 24h, 14d or 2026-11-01 (default: ${SINCE})`)
      .option('--until <time>', 'up to then')
      .option('--limit <n>', 'at most so many', '100')
      .action(query),
    filtered(command('tail', 'follow the events as they arrive; ends with Ctrl-C'))
      .option('--since <time>', 'start with what arrived since then')
      .option('--limit <n>', 'end after so many')
      .action(tail),
    filtered(command('export', 'write all events that fit as NDJSON, newest first'))
      .option('--since <time>', `from then on (default: ${SINCE})`)
      .option('--until <time>', 'up to then')
      .option('--out <file>', 'write to this file instead of stdout')
      .action(exportAll),
    deleteUserCommand(),
  ]);
}

function filtered(target: Command): Command {
  return target
    .argument(
      '[filter...]',
      "which events, e.g. 'traffic:shadow host:*.example.com -user:ana' (docs/reference/query-language.md)",
    )
    .option('--traffic <classes>', `comma separated: ${TRAFFIC.join(', ')}`)
    .option('--disposition <words>', `comma separated: ${DISPOSITIONS.join(', ')}`)
    .option('--host <name>', 'exact, or *.suffix')
    .option('--user <name>', 'exact, or with *')
    .option('--server <url>', 'server as "servers list" shows it')
    .addHelpText(
      'after',
      () =>
        `\n${table(
          ['field', 'means', 'example'],
          fieldsOf().map(({ name, meaning, example }) => [name, meaning, example]),
        )}`,
    );
}

/** The filter and the options as one; without the times, which mean something else to `tail`. */
function filterOf(words: readonly string[], { traffic, disposition, host, user, server }: FilterOptions): FilterTree {
  const terms = [parseWritten(words.join(' '))];
  if (traffic !== undefined) terms.push({ kind: 'choice', field: 'traffic', words: parseWords(traffic, '--traffic', TRAFFIC) });
  if (disposition !== undefined)
    terms.push({ kind: 'choice', field: 'disposition', words: parseWords(disposition, '--disposition', DISPOSITIONS) });
  for (const [field, value] of Object.entries({ host, user, server }) as ['host' | 'user' | 'server', string | undefined][])
    if (value !== undefined) terms.push({ kind: 'text', field, patterns: [wildcard(value)] });
  return allOf(terms);
}

function parseWritten(text: string): FilterTree {
  try {
    return parseFilter(text, { now: Date.now() });
  } catch (cause) {
    if (cause instanceof FilterProblem) throw new DaylightError('ERR_USAGE', pointAt(text, cause), { cause });
    throw cause;
  }
}

/** What `query` and `export` ask for. */
function queryOf(words: readonly string[], options: FilterOptions): EventFilter {
  const match = filterOf(words, options);
  const since = options.since ?? (timeOfFilter(match).since === undefined ? SINCE : undefined);
  return {
    match,
    since: since === undefined ? undefined : parseTime(since, '--since'),
    until: options.until === undefined ? undefined : parseTime(options.until, '--until', 'end'),
  };
}

async function query(words: string[], options: FilterOptions & { limit: string }): Promise<void> {
  const filter = queryOf(words, options);
  const limit = parseCount(options.limit, '--limit', 10_000);
  const events = await withStore(configOf(options), (store) => queryEvents(store.reader, { ...filter, limit }));
  if (options.json) for (const event of events) printJson(event);
  else if (events.length === 0) print('No events fit. What is benign is only counted, unless store.benign is full.');
  else print(eventTable(events));
}

async function tail(words: string[], options: FilterOptions & { limit?: string }): Promise<void> {
  const match = filterOf(words, options);
  const from = options.since === undefined ? timeOfFilter(match).since : parseTime(options.since, '--since');
  const limit =
    options.limit === undefined ? Number.POSITIVE_INFINITY : parseCount(options.limit, '--limit', Number.MAX_SAFE_INTEGER);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  await withStore(configOf(options), async (store) => {
    let seen = 0;
    for await (const event of tailEvents(store.reader, { match, from, signal: stop.signal })) {
      if (options.json) printJson(event);
      else print(eventLine(event));
      if (++seen >= limit) return;
    }
  });
}

async function exportAll(words: string[], options: FilterOptions & { out?: string }): Promise<void> {
  const filter = queryOf(words, options);
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out, { mode: 0o600 });
  let written = 0;
  await withStore(configOf(options), async (store) => {
    let before: EventPosition | undefined;
    for (;;) {
      const events = await queryEvents(store.reader, { ...filter, before, limit: PAGE });
      for (const event of events) if (!out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain');
      written += events.length;
      before = events.at(-1);
      if (events.length < PAGE) return;
    }
  });
  if (out !== process.stdout) {
    out.end();
    await once(out, 'finish');
    if (options.json) printJson({ file: options.out, events: written });
    else note(`${written} events written to ${options.out}.`);
  }
}

/** Events as a table; ids are whole, because `explain` takes them. */
export function eventTable(events: readonly StoredEvent[]): string {
  const rows = events.map((event) => [
    timestamp(event.ts),
    event.traffic,
    event.disposition,
    event.confidence,
    event.user_id || event.src_ip,
    event.mcp_client_name,
    subjectOf(event),
    event.event_id,
  ]);
  return table(['time (UTC)', 'traffic', 'outcome', 'conf', 'user', 'client', 'server and call', 'event'], rows);
}

function eventLine(event: StoredEvent): string {
  const style = event.disposition === 'blocked' ? 'red' : event.traffic === 'none' ? 'dim' : 'yellow';
  const who = [event.user_id || event.src_ip, event.mcp_client_name].filter(Boolean).join(' ');
  const outcome = event.disposition === 'failed' ? `${event.disposition} (${event.error})` : event.disposition;
  return (
    visible(`${timestamp(event.ts)}  `) +
    paint(style, visible(`${event.traffic} ${outcome}`)) +
    visible(`  ${who}  ${subjectOf(event)}`)
  );
}

function subjectOf(event: StoredEvent): string {
  const call = [event.mcp_method, event.mcp_tool || event.mcp_resource || event.mcp_prompt].filter(Boolean).join(' ');
  return [event.server_key || event.url, call].filter(Boolean).join('  ');
}
