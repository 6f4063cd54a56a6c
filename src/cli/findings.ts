// `daylight findings`: what people should know about servers: tools that changed, tools whose definition speaks to the model.

import type { Command } from 'commander';
import type { ServerFindingEvent } from '../engine/event.ts';
import { serverKeyOfUrl } from '../engine/inventory/server-key.ts';
import { listFindings } from '../store/tool-queries.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { paint, print, printJson, timestamp, visible } from './output.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime, parseWords } from './values.ts';

const KINDS = ['tool-changed', 'tool-suspicious'] as const;
const LEVELS = ['low', 'medium', 'high'] as const;
const COLOURS = { low: 'dim', medium: 'yellow', high: 'red' } as const;

interface ListOptions extends CommonOptions {
  since: string;
  until?: string;
  server?: string;
  finding?: string;
  level?: string;
  limit: string;
}

export function findingsCommand(): Command {
  return group('findings', 'what people should know about servers', [
    command('list', 'list the findings, newest first')
      .option('--since <time>', 'from then on, e.g. 24h, 14d or 2026-11-01', '30d')
      .option('--until <time>', 'up to then')
      .option('--server <url>', 'only this server')
      .option('--finding <kinds>', `comma separated: ${KINDS.join(', ')}`)
      .option('--level <levels>', `comma separated: ${LEVELS.join(', ')}`)
      .option('--limit <n>', 'at most so many', '100')
      .action(list),
  ]);
}

async function list(options: ListOptions): Promise<void> {
  const { server, finding, level, until } = options;
  const query = {
    since: parseTime(options.since, '--since'),
    until: until === undefined ? undefined : parseTime(until, '--until', 'end'),
    serverKey: server === undefined ? undefined : serverKeyOfUrl(server),
    finding: finding === undefined ? undefined : parseWords(finding, '--finding', KINDS),
    level: level === undefined ? undefined : parseWords(level, '--level', LEVELS),
    limit: parseCount(options.limit, '--limit', 10_000),
  };
  const findings = await withStore(configOf(options), ({ reader }) => listFindings(reader, query));
  if (options.json) for (const each of findings) printJson(each);
  else if (findings.length === 0) print(`There is no finding since ${options.since}.`);
  else {
    for (const each of findings) {
      print(visible(each.server_key));
      for (const line of findingLines(each)) print(`  ${line}`);
    }
  }
}

/** A finding for people: one line, then what shows it. */
export function findingLines(finding: ServerFindingEvent): string[] {
  const head = `${timestamp(finding.ts)}  ${paint(COLOURS[finding.level], `${finding.finding} (${finding.level})`)}`;
  const lines = [`${head}  ${visible(finding.summary)}`];
  for (const [at, check] of finding.checks.entries()) lines.push(`  ${visible(check)}  ${visible(finding.evidence[at] ?? '')}`);
  for (const [at, field] of finding.fields.entries()) {
    lines.push(`  ${visible(field)}`);
    const before = finding.before[at] ?? '';
    if (before !== '') lines.push(paint('red', `  - ${visible(before)}`));
    const after = finding.after[at] ?? '';
    if (after !== '') lines.push(paint('green', `  + ${visible(after)}`));
  }
  return lines;
}
