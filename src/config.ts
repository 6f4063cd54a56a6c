// Configuration: defaults, then `daylight.yaml`, then `DAYLIGHT_*`, then flags. The zod schema is the type.
//
// Loading order: find the file, lay the environment and the flags over it, judge the whole once, then make paths absolute.
// Every problem is reported at once, each with the file and line, variable or flag that it comes from.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { hostPort } from './config/address.ts';
import { signInKeys } from './config/console.ts';
import { absoluteIdentity, identity } from './config/identity.ts';
import { absoluteMetrics, metrics } from './config/metrics.ts';
import { onboarding } from './config/onboarding.ts';
import { absoluteProxy, proxy } from './config/proxy.ts';
import { absoluteSinks, sinksKey } from './config/sinks.ts';
import { absoluteStore, store } from './config/store.ts';
import { type Document, formatProblem, parseText } from './document.ts';
import { readEnvironment, type Setting } from './environment.ts';
import { DaylightError } from './errors.ts';
import { describeIssues, dotted, type KeyPath, shapeOf } from './problems.ts';

export const configSchema = z.strictObject({
  data: z.string().default('./data'),
  tenant: z.string().default('default'),
  /** Name of this appliance in events; the host name if empty. */
  sensor: z.string().default(''),
  /** Whom people should ask for an approval; part of every block answer. */
  contact: z.string().default('your security team'),
  proxy: proxy.prefault({}),
  store: store.prefault({}),
  clickhouse: z
    .union([
      z.literal('embedded'),
      z.strictObject({
        url: z.url(),
        username: z.string().default('default'),
        password: z.string().default(''),
        database: z.string().default('daylight'),
        /** The user that queries run as, who may only read; unless told, the one above, in reading mode. */
        reader: z.strictObject({ username: z.string().min(1), password: z.string().default('') }).optional(),
      }),
    ])
    .default('embedded'),
  console: z
    .strictObject({
      listen: hostPort.default('127.0.0.1:8081'),
      /** Address under which people reach the console; links to ask for approval begin with it. Empty: through the proxy. */
      url: z
        .string()
        .regex(/^(https?:\/\/[^/?#\s@]+(\/[^?#\s]*)?)?$/, 'must be a URL such as https://daylight.corp.example, without query')
        .default(''),
      ...signInKeys,
    })
    .prefault({}),
  identity: identity.prefault({}),
  onboarding,
  metrics,
  rules: z.string().default('./rules'),
  certs: z.string().default('./certs'),
  sinks: sinksKey,
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** The folder that holds Daylight itself, with the rules it ships. */
export const INSTALL_DIR = resolve(import.meta.dirname, '..');

/** Where a configuration comes from. */
export interface ConfigSources {
  /** The file named by `--config`; else DAYLIGHT_CONFIG, else `daylight.yaml` in the current directory if there is one. */
  file?: string | undefined;
  env?: Record<string, string | undefined>;
  flags?: { data?: string | undefined; proxy?: string | undefined; console?: string | undefined };
  /** What relative names start from; the current directory. */
  cwd?: string;
}

/**
 * The configuration that is in force: every key set, every path absolute.
 *
 * Relative paths in the file, and defaults, start from the file's folder (the current directory when there is no file); those in
 * variables and flags from the current directory. Without a `rules` key, and without a `rules` folder there, the shipped rules count.
 *
 * @throws DaylightError ERR_CONFIG_INVALID naming every problem, one a line.
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const cwd = sources.cwd ?? process.cwd();
  const env = sources.env ?? process.env;
  const file = findFile(sources.file ?? env.DAYLIGHT_CONFIG, cwd);
  const yaml = file === undefined ? undefined : readConfigFile(file, cwd);
  const shape = shapeOf(configSchema);
  const { settings, problems } = readEnvironment(env, shape);
  settings.push(...flagSettings(sources.flags ?? {}));

  const data = withoutEmpty(yaml?.data ?? {});
  const merged = isMapping(data) ? settings.reduce(withSetting, data) : data;
  const parsed = configSchema.safeParse(merged);
  const found = [...problems, ...(parsed.success ? [] : describeIssues(parsed.error.issues, merged, configSchema))];
  if (found.length > 0) fail(found.map(({ path, message }) => `${origin(path, settings, yaml)}${message}`));
  if (!parsed.success) throw parsed.error;

  const base = file === undefined ? cwd : dirname(file);
  const config = absolute(parsed.data, (path, value) => resolve(isSet(path, settings) ? cwd : base, value));
  if (!isMapping(merged) || merged.rules === undefined) {
    if (!existsSync(config.rules)) config.rules = join(INSTALL_DIR, 'rules');
  }
  return config;
}

function findFile(named: string | undefined, cwd: string): string | undefined {
  const file = resolve(cwd, named ?? 'daylight.yaml');
  if (existsSync(file)) return file;
  if (named === undefined) return undefined;
  return fail([`${named}: no such file; check --config or DAYLIGHT_CONFIG (current directory: ${cwd})`]);
}

function readConfigFile(file: string, cwd: string): Document {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DaylightError('ERR_CONFIG_INVALID', `${shortPath(file, cwd)}: cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
  const yaml = parseText(shortPath(file, cwd), text);
  if (yaml.problems.length > 0) fail(yaml.problems.map(formatProblem));
  return yaml;
}

function flagSettings(flags: NonNullable<ConfigSources['flags']>): Setting[] {
  const all: [string, readonly string[], string | undefined][] = [
    ['--data', ['data'], flags.data],
    ['--proxy', ['proxy', 'listen'], flags.proxy],
    ['--console', ['console', 'listen'], flags.console],
  ];
  return all.flatMap(([from, path, value]) => (value === undefined ? [] : [{ path, value, from }]));
}

/** A key with nothing after it (its children commented out, say) counts as absent. */
function withoutEmpty(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutEmpty(child)]));
}

function withSetting(data: Record<string, unknown>, { path, value }: Setting): Record<string, unknown> {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return { ...data, [key]: value };
  const child = data[key];
  return { ...data, [key]: withSetting(isMapping(child) ? child : {}, { path: rest, value, from: '' }) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSet(path: KeyPath, settings: readonly Setting[]): boolean {
  return settings.some((setting) => dotted(setting.path) === dotted(path.slice(0, setting.path.length)));
}

/** Which source a problem belongs to, as the start of a line. */
function origin(path: KeyPath, settings: readonly Setting[], yaml: Document | undefined): string {
  const setting = settings.findLast(({ path: set }) => dotted(set) === dotted(path.slice(0, set.length)));
  if (setting) return `${setting.from}: `;
  if (path.length === 0) return '';
  return yaml ? formatProblem({ file: yaml.file, line: yaml.lineOf(path), message: '' }) : '';
}

/** Relative to the current directory when it lies below. */
function shortPath(file: string, cwd: string): string {
  const prefix = cwd.endsWith('/') ? cwd : `${cwd}/`;
  return file.startsWith(prefix) ? file.slice(prefix.length) : file;
}

function absolute(config: Config, toAbsolute: (path: KeyPath, value: string) => string): Config {
  const { tls } = config.console;
  return {
    ...config,
    data: toAbsolute(['data'], config.data),
    rules: toAbsolute(['rules'], config.rules),
    certs: toAbsolute(['certs'], config.certs),
    identity: absoluteIdentity(config.identity, toAbsolute),
    metrics: absoluteMetrics(config.metrics, toAbsolute),
    sinks: absoluteSinks(config.sinks, toAbsolute),
    store: absoluteStore(config.store, toAbsolute),
    console: {
      ...config.console,
      tls:
        typeof tls === 'string'
          ? tls
          : {
              cert: toAbsolute(['console', 'tls', 'cert'], tls.cert),
              key: toAbsolute(['console', 'tls', 'key'], tls.key),
            },
    },
    proxy: absoluteProxy(config.proxy, toAbsolute),
  };
}

function fail(problems: readonly string[]): never {
  const head = problems.length === 1 ? '' : `${problems.length} problems in the configuration:\n`;
  throw new DaylightError('ERR_CONFIG_INVALID', head + problems.join('\n'));
}
