// `daylight servers`: the inventory of MCP servers that were seen, and what policy says about them.

import type { Command } from 'commander';
import { DaylightError } from '../errors.ts';
import type { ApprovalInput, PolicyChange } from '../policy-files/policy-file.ts';
import { approveServer, blockServer, unapproveServer, unblockServer } from '../policy-files/policy-file.ts';
import { actor } from './audit.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { listServersSeen } from './inventory.ts';
import { print, printJson } from './output.ts';
import { showServer } from './show-server.ts';
import { suggestServers } from './suggest-servers.ts';
import { splitNames } from './values.ts';

interface ApproveOptions extends CommonOptions {
  owner?: string;
  groups?: string[];
  users?: string[];
  tools?: string[];
  blockTools?: string[];
  hideTools?: boolean;
  methods?: string[];
  until?: string;
  via?: string;
  comment?: string;
}

export function serversCommand(): Command {
  return group('servers', 'the MCP servers that were seen, and their approvals', [
    command('list', 'list the servers that were seen')
      .option('--since <time>', 'how far back, e.g. 24h, 14d or 2026-11-01', '30d')
      .option('--limit <n>', 'at most so many', '200')
      .action(listServersSeen),
    command('show', 'show everything about one server: identity, users, clients, tools, findings')
      .argument('<url>', 'as "servers list" shows it')
      .action(showServer),
    command('suggest', 'propose approvals for servers that are in use without one, most used first; approves nothing')
      .option('--since <time>', 'how far back, e.g. 24h, 14d or 2026-11-01', '30d')
      .option('--min-users <n>', 'used by at least so many users', '1')
      .option('--limit <n>', 'at most so many', '50')
      .action(suggestServers),
    command('approve', 'approve a server; a running appliance follows at once')
      .argument('<url>', 'origin and path, e.g. https://mcp.example.com/mcp; covers what lies below')
      .option('--owner <name>', 'who answers for it')
      .option('--groups <names>', 'only these groups, comma separated', splitNames)
      .option('--users <names>', 'only these users, comma separated', splitNames)
      .option('--tools <names>', 'only these tools, exact or prefix*, comma separated', splitNames)
      .option('--block-tools <names>', 'all tools but these, exact or prefix*, comma separated', splitNames)
      .option('--hide-tools', 'take the tools that may not be called out of what the server lists')
      .option('--methods <names>', 'only these methods, exact or prefix*, comma separated', splitNames)
      .option('--until <date>', 'expires after this day, e.g. 2027-06-30')
      .option('--via <way>', 'portal: only through the portal; direct')
      .option('--comment <text>', 'why')
      .action(approve),
    command('unapprove', 'take an approval back, for everybody; a running appliance follows at once')
      .argument('<url>', 'as it was approved')
      .option('--comment <text>', 'why')
      .action(unapprove),
    command('block', 'refuse a server whatever the modes say; a running appliance follows at once')
      .argument('<url>', 'origin and path')
      .option('--until <date>', 'expires after this day')
      .option('--comment <text>', 'why')
      .action(block),
    command('unblock', 'take a block back')
      .argument('<url>', 'as it was blocked')
      .option('--comment <text>', 'why')
      .action(unblock),
  ]);
}

async function approve(url: string, options: ApproveOptions): Promise<void> {
  const { owner, groups, users, tools, blockTools, hideTools, methods, until, comment, via } = options;
  if (via !== undefined && via !== 'portal' && via !== 'direct') {
    throw new DaylightError('ERR_USAGE', `--via ${JSON.stringify(via)}: must be portal or direct`);
  }
  const limits = { groups, users, tools, blockedTools: blockTools, hideTools, methods, until };
  const approval: ApprovalInput = { url, owner, ...limits, comment, via, by: actor() };
  await change(options, (rules) => approveServer(rules, approval), 'approved');
}

async function unapprove(url: string, options: ChangeOptions): Promise<void> {
  await change(options, (rules) => unapproveServer(rules, url), 'no longer approved');
}

async function block(url: string, options: ChangeOptions & { until?: string }): Promise<void> {
  const { until, comment } = options;
  await change(options, (rules) => blockServer(rules, { url, until, comment, by: actor() }), 'blocked');
}

async function unblock(url: string, options: ChangeOptions): Promise<void> {
  await change(options, (rules) => unblockServer(rules, url), 'no longer blocked');
}

interface ChangeOptions extends CommonOptions {
  comment?: string;
}

async function change(options: ChangeOptions, edit: (rules: string) => Promise<PolicyChange>, what: string): Promise<void> {
  const done = await changePolicy(configOf(options), edit, options.comment);
  if (options.json) return printJson(done);
  print(
    done.files.length > 0
      ? `${done.object}: ${what}. Written to ${done.files.join(', ')}.`
      : `${done.object}: was ${what} already.`,
  );
}
