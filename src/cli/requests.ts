// `daylight requests`: what people asked for who were blocked, and what was decided.

import type { Command } from 'commander';
import { type ApprovalRequest, REQUEST_STATES } from '../approval-request.ts';
import type { Config } from '../config.ts';
import { endOf } from '../engine/policy/date.ts';
import { DaylightError } from '../errors.ts';
import { approveServer } from '../policy-files/policy-file.ts';
import { type ApprovalRequests, openApprovalRequests } from '../store/approval-requests.ts';
import { actor, recordAct } from './audit.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { note, paint, print, printJson, table, timestamp, visible } from './output.ts';
import { completeRequests, showRequest } from './show-request.ts';
import { parseCount, parseWords, splitNames } from './values.ts';

interface ListOptions extends CommonOptions {
  state?: string;
  limit: string;
}

interface ApproveOptions extends CommonOptions {
  until?: string;
  groups?: string[];
  users?: string[];
  tools?: string[];
  owner?: string;
  comment?: string;
  server?: string;
}

const DAY = 86_400_000;

export function requestsCommand(): Command {
  return group('requests', 'requests for approval by people who were blocked', [
    command('list', 'list the requests, newest first')
      .option('--state <states>', `comma separated: ${REQUEST_STATES.join(', ')}`)
      .option('--limit <n>', 'at most so many', '1000')
      .action(list),
    command('show', 'show a request and what is known about user and server').argument('<id>', 'such as rq-17').action(show),
    command('approve', 'approve the server for who asked; a running appliance follows at once')
      .argument('<id>', 'such as rq-17')
      .option('--until <date>', 'last day (default: as long as was asked for)')
      .option(
        '--users <names>',
        'for these users, comma separated (default: who asked, if identified, else everyone)',
        splitNames,
      )
      .option('--groups <names>', 'for these groups, comma separated', splitNames)
      .option('--tools <names>', 'only these tools, comma separated, exact or prefix*', splitNames)
      .option('--owner <name>', 'who answers for the server')
      .option('--comment <text>', 'shown to who asked')
      .option('--server <url>', 'what is approved (default: the server of the blocked request)')
      .action(approve),
    command('deny', 'refuse a request')
      .argument('<id>', 'such as rq-17')
      .requiredOption('--comment <why>', 'shown to who asked')
      .action(deny),
  ]);
}

async function list(options: ListOptions): Promise<void> {
  const config = configOf(options);
  const states = options.state === undefined ? undefined : parseWords(options.state, '--state', REQUEST_STATES);
  const limit = parseCount(options.limit, '--limit', 10_000);
  const found = await withRequests(config, async (requests) =>
    completeRequests(config, requests, requests.list({ states, limit })),
  );
  if (options.json) for (const each of found) printJson(each);
  else if (found.length === 0) print('There are no such requests.');
  else {
    const rows = found.map((each) => [
      each.id,
      each.state,
      timestamp(each.created),
      whoAsks(each),
      each.servers.join(' ') || '(event not stored yet)',
      each.tool,
      `${each.days} days`,
      each.reason.replace(/\s+/g, ' '),
    ]);
    print(table(['id', 'state', 'asked (UTC)', 'by', 'server', 'tool', 'for', 'why'], rows));
  }
}

async function show(id: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  await withRequests(config, (requests) => showRequest(config, requests, id, options.json === true));
}

async function approve(id: string, options: ApproveOptions): Promise<void> {
  const config = configOf(options);
  const now = Date.now();
  await withRequests(config, async (requests) => {
    const request = await pending(config, requests, id);
    const urls = options.server === undefined ? request.servers : [options.server];
    if (urls.length === 0) {
      throw new DaylightError(
        'ERR_USAGE',
        `the event ${request.event_id} that ${id} is about is not stored (yet), so the server is not known; name it with --server URL`,
      );
    }
    const until = options.until ?? new Date(now + request.days * DAY).toISOString().slice(0, 10);
    if (endOf(until) <= now) throw new DaylightError('ERR_USAGE', `--until ${JSON.stringify(until)}: must be a date to come`);
    const { groups, tools, owner } = options;
    const named = options.users ?? (groups === undefined && request.user !== '' ? [request.user] : undefined);
    const comment = `${id}: ${(options.comment ?? request.reason).replace(/\s+/g, ' ')}`;
    const approval = { groups, users: named, tools, owner, until, comment, by: actor() };
    const changes = [];
    for (const url of urls) {
      const input = { url, ...approval };
      changes.push(await changePolicy(config, (rules) => approveServer(rules, input, { separate: true }), comment));
    }
    const decided = await decide(config, requests, request, 'approved', options.comment ?? '', until);
    if (options.json) return printJson({ ...decided, changes });
    const who = [named && `for ${named.join(', ')}`, groups && `for the groups ${groups.join(', ')}`]
      .filter(Boolean)
      .join(' and ');
    const scope = who || 'for everyone: who asked was not identified, and neither --users nor --groups was given';
    for (const { object, files } of changes) {
      print(`${visible(object)}: approved until ${until}, ${visible(scope)}. Written to ${files.join(', ')}.`);
      if (files.some((file) => file.endsWith('modes.yml'))) note(`daylight: ${visible(object)} was blocked; the block is lifted`);
    }
    print(`${id}: approved.`);
  });
}

async function deny(id: string, options: CommonOptions & { comment: string }): Promise<void> {
  const config = configOf(options);
  await withRequests(config, async (requests) => {
    const denied = await decide(config, requests, await pending(config, requests, id), 'denied', options.comment);
    if (options.json) printJson(denied);
    else print(`${id}: denied. ${paint('dim', 'Who asked reads the comment at the link of the message.')}`);
  });
}

/** @throws DaylightError ERR_USAGE if there is none, or if it was decided. */
async function pending(config: Config, requests: ApprovalRequests, id: string): Promise<ApprovalRequest> {
  const request = requests.get(id);
  if (request.state !== 'pending') {
    const { state, decided, decided_by } = request;
    throw new DaylightError('ERR_USAGE', `${id} is decided already: ${state} by ${decided_by} on ${timestamp(decided)} UTC`);
  }
  const [complete] = await completeRequests(config, requests, [request]);
  return complete!;
}

async function decide(
  config: Config,
  requests: ApprovalRequests,
  before: ApprovalRequest,
  state: 'approved' | 'denied',
  comment: string,
  until = '',
): Promise<ApprovalRequest> {
  const after = requests.decide(before.id, { state, decided: Date.now(), decided_by: actor(), comment, until });
  await recordAct(config, {
    action: `request.${state}`,
    objectType: 'request',
    objectId: before.id,
    reason: comment,
    before: JSON.stringify(before),
    after: JSON.stringify(after),
  });
  return after;
}

/** The identified user, and what they call themselves. */
function whoAsks({ user, name, address }: ApprovalRequest): string {
  if (user === '') return `${name} (not identified) at ${address}`;
  return user === name ? user : `${user} (as ${name})`;
}

async function withRequests<T>(config: Config, use: (requests: ApprovalRequests) => Promise<T>): Promise<T> {
  const requests = openApprovalRequests(config.data);
  try {
    return await use(requests);
  } finally {
    requests.close();
  }
}
