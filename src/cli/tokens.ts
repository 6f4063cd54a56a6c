// `daylight tokens`: proxy tokens, with which programs say on whose behalf they use the proxy. For whoever has the machine: a running
// appliance takes over what changes within a second.

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Access, ProxyToken } from '../account.ts';
import type { Config } from '../config.ts';
import { withAccess } from './admin.ts';
import { actor } from './audit.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { note, print, printJson, table, timestamp } from './output.ts';

export function tokensCommand(): Command {
  return group('tokens', 'tokens of people and programs', [
    group('proxy', 'proxy tokens: on whose behalf a program uses the proxy', [
      command('issue', 'make a token and print it, once')
        .requiredOption('--user <name>', 'on whose behalf requests with it are made')
        .option('--groups <names>', 'groups of that user, separated by commas', list, [])
        .option('--name <text>', 'what it is for', 'made on the command line')
        .option('--days <number>', 'how long it can be used, 1 to 365', days, 90)
        .action(issue),
      command('list', 'the tokens, newest first').option('--user <name>', 'those of this user alone').action(show),
      command('revoke', 'end tokens; a running appliance follows within a second')
        .argument('[ids...]', 'ids of tokens')
        .option('--user <name>', 'all tokens of this user')
        .action(revoke),
    ]),
  ]);
}

interface IssueOptions extends CommonOptions {
  user: string;
  groups: string[];
  name: string;
  days: number;
}

async function issue(options: IssueOptions): Promise<void> {
  const config = configOf(options);
  const { user, groups, name, days } = options;
  const made = await withAccess(config, (access) => access.proxyTokens.issue({ user, groups, name, days }, actor()));
  const proxy = proxyOf(config, made.user, made.token);
  if (options.json) {
    printJson({ ...made, proxy });
    return;
  }
  print(`HTTPS_PROXY=${proxy}`);
  note(
    `daylight: token ${made.id} of ${made.user}, until ${timestamp(made.expires)} UTC. It is not shown again; hand it over in private.`,
  );
}

async function show(options: CommonOptions & { user?: string }): Promise<void> {
  const tokens = await withAccess(configOf(options), (access) => ofUser(access, options.user));
  if (options.json) for (const token of tokens) printJson(token);
  else if (tokens.length === 0) print('There is no proxy token. "daylight tokens proxy issue --user NAME" makes one.');
  else print(table(['id', 'user', 'groups', 'for', 'made by', 'until (UTC)', 'last used (UTC)'], tokens.map(rowOf)));
}

async function revoke(ids: string[], options: CommonOptions & { user?: string }): Promise<void> {
  const ended = await withAccess(configOf(options), (access) => {
    const all = options.user === undefined ? ids : [...ids, ...ofUser(access, options.user).map(({ id }) => id)];
    for (const id of all) access.proxyTokens.revoke(id, actor());
    return all;
  });
  if (options.json) printJson({ revoked: ended });
  else print(ended.length === 0 ? 'Nothing to revoke: name ids, or a user with --user.' : `Revoked: ${ended.join(', ')}`);
}

/** By the name in the token: also of users without an account. */
function ofUser(access: Access, user: string | undefined): ProxyToken[] {
  const wanted = user?.toLowerCase();
  return access.proxyTokens.list().filter((token) => wanted === undefined || token.user.toLowerCase() === wanted);
}

function rowOf({ id, user, groups, name, issuer, expires, lastUsed }: ProxyToken): string[] {
  return [id, user, groups.join(', '), name, issuer, timestamp(expires), lastUsed === 0 ? 'never' : timestamp(lastUsed)];
}

/** What a program is given. The host is what clients are told, else what the proxy listens on. */
function proxyOf(config: Config, user: string, token: string): string {
  const url = new URL(config.onboarding.proxyUrl || `http://${config.proxy.listen}`);
  return `${url.protocol}//${encodeURIComponent(user)}:${token}@${url.host}`;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

function days(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 365)
    throw new InvalidArgumentError('must be a number of days from 1 to 365');
  return count;
}
