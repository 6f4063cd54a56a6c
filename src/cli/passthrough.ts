// `daylight passthrough`: the hosts that are not decrypted, with reason, owner and end.

import type { Command } from 'commander';
import { addPassthrough, listPassthrough, removePassthrough } from '../policy-files/policy-passthrough.ts';
import { changePolicy } from './change-policy.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { print, printJson, table } from './output.ts';

interface AddOptions extends CommonOptions {
  reason: string;
  owner: string;
  until?: string;
  comment?: string;
}

export function passthroughCommand(): Command {
  return group('passthrough', 'hosts that are not decrypted', [
    command('list', 'list the entries of local policy and of the configuration').action(list),
    command('add', 'do not decrypt connections to a host; an entry of the same host is renewed')
      .argument('<host>', 'a host, or *.suffix for every host below')
      .requiredOption('--reason <text>', 'why they cannot or must not be decrypted')
      .requiredOption('--owner <name>', 'who answers for it')
      .option('--until <date>', 'decrypt again after this day, e.g. 2027-01-31')
      .option('--comment <text>', 'what else there is to say')
      .action(add),
    command('remove', 'decrypt connections to a host again')
      .argument('<host>', 'as list shows it')
      .option('--comment <text>', 'why')
      .action(remove),
  ]);
}

async function list(options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const local = (await listPassthrough(config.rules, Date.now())).map((entry) => ({ ...entry, from: 'passthrough.yml' }));
  const configured = config.proxy.inspect.passthrough.map((host) => ({
    ...{ host, reason: 'listed in proxy.inspect.passthrough', owner: '', until: undefined, expired: false },
    from: 'configuration',
  }));
  const entries = [...local, ...configured];
  if (options.json) for (const entry of entries) printJson(entry);
  else if (entries.length === 0) print('Everything but the shipped list (rules/passthrough.yml) is decrypted.');
  else {
    const rows = entries.map(({ host, owner, until, expired, reason, from }) => [
      host,
      owner,
      `${until ?? 'for good'}${expired ? ' (expired)' : ''}`,
      reason,
      from,
    ]);
    print(table(['host', 'owner', 'until', 'reason', 'from'], rows));
  }
}

async function add(host: string, options: AddOptions): Promise<void> {
  const { reason, owner, until, comment } = options;
  const entry = { host, reason, owner, until, comment };
  const change = await changePolicy(configOf(options), (rules) => addPassthrough(rules, entry), comment ?? reason);
  if (options.json) printJson(change);
  else if (change.files.length === 0) print(`${change.object} is listed like this already.`);
  else
    print(
      `${change.object}: not decrypted ${until === undefined ? 'from now on' : `until ${until}`}. Written to ${change.files.join(', ')}.`,
    );
}

async function remove(host: string, options: CommonOptions & { comment?: string }): Promise<void> {
  const change = await changePolicy(configOf(options), (rules) => removePassthrough(rules, host), options.comment);
  if (options.json) printJson(change);
  else print(`${change.object}: decrypted again. Written to ${change.files.join(', ')}.`);
}
