// `daylight support dump`: one JSON file that says how an appliance is, for whoever helps to find out what is wrong. It holds no secrets and
// no traffic: what is secret by its name is left out, and then every secret that the configuration or its files hold is looked for in the
// whole text and taken out. Names of hosts and people can be in policy counts, in the log and in findings of doctor: read before sending.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, freemem, hostname, release, totalmem, uptime } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Command } from 'commander';
import { openAccess } from '../access/access.ts';
import { secretsOf, withoutSecrets } from '../app/settings.ts';
import { addressOf } from '../app/sign-in.ts';
import { isDatabase } from '../backup/places.ts';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { loadInstallationKey } from '../store/installation-key.ts';
import { loadMigrations } from '../store/migrate.ts';
import { parseSegmentFile } from '../store/segment.ts';
import { daylightVersion } from '../version.ts';
import { askConsole } from './ask-console.ts';
import { stampOf } from './backup.ts';
import { type CommonOptions, command, configOf, group } from './command.ts';
import { findingsOf } from './doctor.ts';
import { note, print, printJson } from './output.ts';

interface DumpOptions extends CommonOptions {
  output?: string;
  log?: string;
}

/** Bytes of the end of a log that are taken over. */
const LOG_BYTES = 512 * 1024;
const HIDDEN = '(secret)';
/** Keys of log lines and of anything else that a secret may stand behind, with the value. */
const NAMED =
  /((?:password|passphrase|secret|token|credential|authorization|cookie|api-?key|session-id)\\?"\s*:\s*\\?")(?!\(set\))(?:[^"\\]|\\.)+/gi;
const BEARER = /\b((?:bearer|basic|splunk)\s+)[\w.~+/=-]{8,}/gi;
const OWN_TOKENS = /\bdl[a-z]{1,3}_[\w-]{20,}/g;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs;

export function supportCommand(): Command {
  return group('support', 'what helps to find out what is wrong', [
    command('dump', 'write versions, configuration without secrets, state and figures into one JSON file')
      .option('-o, --output <file>', 'where to (default: ./daylight-support-TIME.json)')
      .option('--log <file>', 'take over the end of this log of the appliance')
      .action(dump),
  ]);
}

async function dump(options: DumpOptions): Promise<void> {
  const config = configOf(options);
  const output = resolve(options.output ?? `daylight-support-${stampOf(Date.now())}.json`);
  const text = clean(JSON.stringify(await describe(config, options), null, 2), config);
  await writeFile(output, `${text}\n`, { mode: 0o600, flag: 'wx' }).catch((cause) => {
    throw new DaylightError('ERR_USAGE', `${output} cannot be written: ${cause.message}`, { cause });
  });
  if (options.json) printJson({ file: output, bytes: Buffer.byteLength(text) });
  else print(output);
  note('daylight: it holds no secrets and no traffic, but names of hosts and folders. Read it before you send it.');
}

async function describe(config: Config, options: DumpOptions): Promise<Record<string, unknown>> {
  return {
    made: new Date().toISOString(),
    daylight: daylightVersion(),
    node: process.versions,
    machine: {
      ...{
        hostname: hostname(),
        platform: process.platform,
        release: release(),
        arch: arch(),
        processors: availableParallelism(),
      },
      ...{ memory: totalmem(), freeMemory: freemem(), uptimeSeconds: uptime() },
    },
    /** Their names alone. */
    variables: Object.keys(process.env).filter((name) => name.startsWith('DAYLIGHT_')),
    configuration: withoutSecrets(config),
    doctor: await attempt(() => findingsOf(options)),
    policy: await attempt(() => policyOf(config)),
    state: await attempt(() => stateOf(config)),
    spool: await attempt(() => spoolOf(join(config.data, 'spool'))),
    ...(await attempt(() => running(config))),
    log: options.log === undefined ? 'none given: --log FILE takes over its end' : await attempt(() => endOf(options.log!)),
  };
}

/** What does not work is part of the answer. */
async function attempt<T>(look: () => T | Promise<T>): Promise<T | { error: string }> {
  try {
    return await look();
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function policyOf({ rules }: Config): Record<string, unknown> {
  const { source, warnings } = loadSnapshotSource(rules);
  const { approved, exceptions, groups } = source.policy;
  return {
    rules: source.rules.length,
    detectors: source.dlp?.detectors.length ?? 0,
    profiles: source.dlp?.profiles.length ?? 0,
    ...{ approvals: approved.servers.length, gateways: approved.gateways.length },
    ...{ exceptions: exceptions.exceptions.length, groups: Object.keys(groups ?? {}).length, warnings: warnings.length },
  };
}

/** Size, tables and version of each database; the migrations that this version brings. */
function stateOf({ data }: Config): Record<string, unknown> {
  const databases = readdirSync(data).filter(isDatabase);
  return {
    migrations: loadMigrations().at(-1)?.name ?? '',
    databases: Object.fromEntries(databases.map((name) => [name, describeDatabase(join(data, name))])),
  };
}

function describeDatabase(file: string): Record<string, unknown> {
  const { size, mode } = statSync(file);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const version = database.prepare('PRAGMA user_version').get()?.user_version;
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
    const rows = tables.map(({ name }) => [name, database.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.n]);
    return { bytes: size, mode: (mode & 0o777).toString(8), version, rows: Object.fromEntries(rows) };
  } finally {
    database.close();
  }
}

function spoolOf(dir: string): Record<string, { files: number; bytes: number; open: number; oldest: string }> {
  const lanes: Record<string, { files: number; bytes: number; open: number; oldest: string }> = {};
  for (const file of readdirSync(dir)) {
    const segment = parseSegmentFile(file);
    const found = segment && statSync(join(dir, file), { throwIfNoEntry: false });
    if (!found) continue;
    lanes[segment.lane] ??= { files: 0, bytes: 0, open: 0, oldest: '' };
    const lane = lanes[segment.lane]!;
    lane.files++;
    lane.bytes += found.size;
    if (!segment.sealed) lane.open++;
    const time = found.mtime.toISOString();
    if (lane.oldest === '' || time < lane.oldest) lane.oldest = time;
  }
  return lanes;
}

/** What the appliance that runs says of itself. */
async function running(config: Config): Promise<Record<string, unknown>> {
  const access = openAccess({ dir: config.data, installationKey: loadInstallationKey(config.data), audit: () => {} });
  const base = access.consoleUrl() || addressOf(config, Number(config.console.listen.split(':').at(-1)));
  access.close();
  const local = new URL(base);
  local.hostname = config.console.listen.slice(0, config.console.listen.lastIndexOf(':'));
  const { token, tokenFile } = config.metrics;
  const secret = token ?? (tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim());
  const [ready, metrics] = await Promise.all([askConsole(local.href, '/readyz'), askConsole(local.href, '/metrics', secret)]);
  return {
    ready: ready ? JSON.parse(ready.text) : 'nobody answers',
    metrics:
      metrics?.status === 200
        ? metrics.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
        : `status ${metrics?.status}`,
  };
}

async function endOf(file: string): Promise<string[]> {
  const bytes = await readFile(file);
  const lines = bytes
    .subarray(Math.max(0, bytes.length - LOG_BYTES))
    .toString('utf8')
    .split('\n');
  // The first may be cut.
  return bytes.length > LOG_BYTES ? lines.slice(1) : lines;
}

/** Takes out every secret that is known, and what looks like one. */
function clean(text: string, config: Config): string {
  const known = [...secretsOf(config), ...secretsInFiles(config), loadInstallationKey(config.data).toString('hex')];
  let cleaned = text
    .replace(PEM, HIDDEN)
    .replace(NAMED, `$1${HIDDEN}`)
    .replace(BEARER, `$1${HIDDEN}`)
    .replace(OWN_TOKENS, HIDDEN);
  // The longest first: one may be the beginning of another.
  for (const secret of [...new Set(known)].sort((a, b) => b.length - a.length))
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64(secret)]))
      cleaned = cleaned.replaceAll(form, HIDDEN);
  return cleaned;
}

/** What files hold that the configuration names as secrets. */
function secretsInFiles(config: Config): string[] {
  const files: string[] = [];
  JSON.stringify(config, (name, value) => {
    if (/(password|secret|token|key|url)File$/i.test(name) && typeof value === 'string') files.push(value);
    return value;
  });
  return files.flatMap((file) => {
    try {
      return [readFileSync(file, 'utf8').trim()].filter((text) => text.length >= 6);
    } catch {
      return [];
    }
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
