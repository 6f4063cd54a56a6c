// `daylight ca`: the certificate authority that clients trust.

import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DaylightError } from '../errors.ts';
import { type Ca, exportCa, openCa, rotateCa } from '../proxy/ca.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { note, print, printJson } from './output.ts';

const WHICH = ['current', 'previous', 'next', 'all'] as const;

interface ExportOptions extends CommonOptions {
  format: 'pem' | 'der';
  which: (typeof WHICH)[number];
  out?: string;
}

export function caCommand(): Command {
  return group('ca', 'the certificate authority that clients trust', [
    command('init', 'make the authority if there is none, and show it').action(init),
    command('export', 'write the certificate for clients to stdout (the key stays where it is)')
      .addOption(new Option('--format <format>', 'pem or der').choices(['pem', 'der']).default('pem'))
      .addOption(new Option('--which <certificate>', 'during a rotation').choices(WHICH).default('current'))
      .option('--out <file>', 'write to this file instead')
      .action(write),
    command('rotate', 'replace the authority by a new one')
      .option('--stage', 'only prepare the next one, so that clients can be given it first (export --which all)')
      .action(rotate),
  ]);
}

async function init(options: CommonOptions): Promise<void> {
  const ca = await openCa({ dir: configOf(options).certs });
  show(ca, options);
}

async function write(options: ExportOptions): Promise<void> {
  const { certs } = configOf(options);
  if (!existsSync(join(certs, 'ca.pem'))) {
    throw new DaylightError(
      'ERR_CA',
      `${join(certs, 'ca.pem')} does not exist yet; "daylight ca init" or the first "daylight start" makes it`,
    );
  }
  const ca = await openCa({ dir: certs });
  const bytes = exportCa(ca, options.format, options.which);
  if (options.out !== undefined) {
    writeFileSync(options.out, bytes);
    if (options.json) printJson({ ...describe(ca), written: resolve(options.out) });
    else print(`Written to ${options.out}.`);
  } else if (options.json)
    printJson({ ...describe(ca), [options.format]: bytes.toString(options.format === 'pem' ? 'utf8' : 'base64') });
  else process.stdout.write(bytes);
}

async function rotate(options: CommonOptions & { stage?: boolean }): Promise<void> {
  const ca = await rotateCa({ dir: configOf(options).certs, stage: options.stage ?? false });
  show(ca, options);
  if (options.json) return;
  if (options.stage) note('Prepared. Give clients "daylight ca export --which all", then run "daylight ca rotate".');
  else note('In force from the next start of the appliance. Clients have to trust the new certificate.');
}

function show(ca: Ca, options: CommonOptions): void {
  if (options.json) {
    printJson(describe(ca));
    return;
  }
  const { file, subject, fingerprint, valid_until } = describe(ca);
  print(`File         ${file}\nSubject      ${subject}\nSHA-256      ${fingerprint}\nValid until  ${valid_until.slice(0, 10)}`);
}

function describe(ca: Ca) {
  const { file, origin, subject, fingerprint, notBefore, notAfter } = ca.info;
  return {
    file,
    origin,
    subject,
    fingerprint,
    valid_from: new Date(notBefore).toISOString(),
    valid_until: new Date(notAfter).toISOString(),
    staged: ca.next !== undefined,
  };
}
