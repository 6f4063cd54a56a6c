// `daylight events delete-user`: forgets a person (app/forget-person.ts): what is stored about them, and what else holds their name.
//
// Their pseudonym is deleted as well, whatever store.pseudonymise says today. The act is recorded under the pseudonym: the name itself
// would keep what was to be forgotten.

import type { Command } from 'commander';
import { type Forgotten, forgetPerson } from '../app/forget-person.ts';
import { configFileOf } from '../config-file.ts';
import { DaylightError } from '../errors.ts';
import { deleteUser } from '../store/delete-user.ts';
import { recordAct } from './audit.ts';
import { type CommonOptions, command, configOf, sourcesOf } from './command.ts';
import { print, printJson, visible } from './output.ts';
import { withStore } from './store-session.ts';

interface DeleteOptions extends CommonOptions {
  yes?: boolean;
  comment?: string;
}

export function deleteUserCommand(): Command {
  return command('delete-user', 'delete everything that is stored about a person, their proxy tokens, requests and notes')
    .argument('<name>', 'user or address, as "events query" shows it')
    .option('--yes', 'do it; without it, nothing is deleted')
    .option('--comment <text>', 'why; goes to the audit log, so leave the name out')
    .action(run);
}

async function run(name: string, options: DeleteOptions): Promise<void> {
  if (options.yes !== true) {
    const what = `all rows about ${JSON.stringify(name)}, their proxy tokens, requests for approval and notes`;
    throw new DaylightError('ERR_USAGE', `this deletes ${what} for good; add --yes to do it`);
  }
  const config = configOf(options);
  const { record, ...done } = await withStore(config, (store) =>
    forgetPerson(config, name, {
      reader: store.reader,
      deleteRows: (names) => deleteUser(store.writer, store.database, names),
      configFile: configFileOf(sourcesOf(options)).file,
    }),
  );
  await recordAct(config, { action: 'events.delete-user', objectType: 'user', reason: options.comment, ...record });
  if (options.json) printJson({ rows: rowsOf(done), ...done });
  else report(name, done);
}

function report(name: string, { tables, elsewhere, kept }: Omit<Forgotten, 'record'>): void {
  if (tables.length + elsewhere.length === 0) print(`Nothing is stored about ${visible(name)}.`);
  if (tables.length > 0)
    print(`${rowsOf({ tables })} rows deleted: ${tables.map((each) => `${each.rows} in ${each.table}`).join(', ')}.`);
  for (const { place, deleted, renamed } of elsewhere) {
    const done = [deleted > 0 && `${deleted} deleted`, renamed > 0 && `${renamed} under the pseudonym now`];
    print(`${place}: ${done.filter(Boolean).join(', ')}.`);
  }
  print('\nKept:');
  for (const { what, why, n, where } of kept) {
    print(`- ${what}${n === undefined ? '' : ` (${n})`}: ${why}.`);
    for (const line of where) print(`    ${visible(line)}`);
  }
}

function rowsOf({ tables }: Pick<Forgotten, 'tables'>): number {
  return tables.reduce((sum, each) => sum + each.rows, 0);
}
