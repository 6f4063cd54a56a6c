// `daylight events delete-user`: deletes everything that is stored about a person.
//
// Their pseudonym is deleted as well, whatever store.pseudonymise says today. The act is recorded under the pseudonym: the name itself
// would keep what was to be forgotten.

import type { Command } from 'commander';
import { DaylightError } from '../errors.ts';
import { deleteUser } from '../store/delete-user.ts';
import { createPseudonyms } from '../store/emit.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { recordAct } from './audit.ts';
import { type CommonOptions, command, configOf } from './command.ts';
import { print, printJson, visible } from './output.ts';
import { withStore } from './store-session.ts';

interface DeleteOptions extends CommonOptions {
  yes?: boolean;
  comment?: string;
}

export function deleteUserCommand(): Command {
  return command('delete-user', 'delete everything that is stored about a person; the audit log keeps what they did here')
    .argument('<name>', 'user or address, as "events query" shows it')
    .option('--yes', 'do it; without it, nothing is deleted')
    .option('--comment <text>', 'why; goes to the audit log')
    .action(run);
}

async function run(name: string, options: DeleteOptions): Promise<void> {
  if (options.yes !== true) {
    throw new DaylightError('ERR_USAGE', `this deletes all rows about ${JSON.stringify(name)} for good; add --yes to do it`);
  }
  const config = configOf(options);
  const pseudonym = createPseudonyms(loadInstallationKey(config.data))(name);
  const deleted = await withStore(config, (store) => deleteUser(store.writer, store.database, [name, pseudonym]));
  const rows = deleted.reduce((sum, each) => sum + each.rows, 0);
  await recordAct(config, {
    action: 'events.delete-user',
    objectType: 'user',
    objectId: pseudonym,
    reason: options.comment,
    after: JSON.stringify(Object.fromEntries(deleted.map((each) => [each.table, each.rows]))),
  });
  if (options.json) printJson({ rows, tables: deleted });
  else if (rows === 0) print(`Nothing is stored about ${visible(name)}.`);
  else print(`${rows} rows deleted: ${deleted.map((each) => `${each.rows} in ${each.table}`).join(', ')}.`);
}
