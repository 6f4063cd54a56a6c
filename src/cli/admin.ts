// `daylight admin`: who may sign in to the console. For whoever has the machine: no password is asked for.

import { type Command, Option } from 'commander';
import { openAccess } from '../access/access.ts';
import { inviteLink } from '../access/invites.ts';
import { type Access, type AccessAct, type Invite, ROLES, type Role } from '../account.ts';
import { addressOf } from '../app/sign-in.ts';
import type { Config } from '../config.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { actor, recordAct } from './audit.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { note, print, printJson, table, timestamp } from './output.ts';

export function adminCommand(): Command {
  return group('admin', 'who may sign in to the console', [
    command('invite', 'print a link with which somebody makes their account, once, within 24 hours')
      .addOption(new Option('--role <role>', 'what the account may do').choices(ROLES).default('admin'))
      .action(invite),
    command(
      'reset',
      'print a link with which somebody sets a new password; using it also signs them out and removes the second factor',
    )
      .argument('<name>', 'name of the account')
      .action(reset),
    command('list', 'the accounts').action(list),
  ]);
}

async function invite(options: CommonOptions & { role: Role }): Promise<void> {
  const config = configOf(options);
  await withAccess(config, (access) => show(config, access, access.invite(options.role, actor()), options));
}

async function reset(name: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  await withAccess(config, (access) => show(config, access, access.inviteToReset(name, actor()), options));
}

async function list(options: CommonOptions): Promise<void> {
  const accounts = await withAccess(configOf(options), (access) => access.accounts());
  if (options.json) for (const account of accounts) printJson(account);
  else if (accounts.length === 0)
    print('Nobody can sign in yet. "daylight admin invite" makes a link for the first administrator.');
  else {
    const rows = accounts.map(({ name, role, provider, totp, created, lastSignIn }) => [
      name,
      role,
      provider,
      totp ? 'yes' : '',
      timestamp(created),
      lastSignIn === 0 ? 'never' : timestamp(lastSignIn),
    ]);
    print(table(['name', 'role', 'signs in with', 'second factor', 'made (UTC)', 'last sign-in (UTC)'], rows));
  }
}

function show(config: Config, access: Access, made: Invite, options: CommonOptions): void {
  const { url: published, listen } = config.console;
  // The port that the appliance got is known once it ran; before that the configuration has to do.
  const base = published || access.consoleUrl() || addressOf(config, Number(listen.split(':').at(-1)));
  const url = inviteLink(base, made);
  const { kind, role, name, expires } = made;
  if (options.json) {
    printJson({ url, kind, role, name, expires });
    return;
  }
  print(url);
  note(
    kind === 'reset'
      ? `daylight: ${name} sets a new password with it, once, until ${timestamp(expires)} UTC. Hand it over in private.`
      : `daylight: makes an account with the role ${role}, once, until ${timestamp(expires)} UTC. Hand it over in private.`,
  );
}

export async function withAccess<T>(config: Config, use: (access: Access) => T): Promise<T> {
  const acts: AccessAct[] = [];
  const access = openAccess({
    dir: config.data,
    installationKey: loadInstallationKey(config.data),
    audit: (act) => void acts.push(act),
  });
  try {
    return use(access);
  } finally {
    access.close();
    for (const act of acts) await recordAct(config, act);
  }
}
