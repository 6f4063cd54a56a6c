// Configuration: defaults, then `daylight.yaml`, then `DAYLIGHT_*`, then flags. The zod schema is the type.
//
// Loading order: find the file, lay the environment and the flags over it, judge the whole once, then make paths absolute.
// Every problem is reported at once, each with the file and line, variable or flag that it comes from.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { hostPort, network } from './config/address.ts';
import { signInKeys } from './config/console.ts';
import { absoluteIdentity, identity } from './config/identity.ts';
import { absoluteDoors, absoluteParent, doorKeys, parentProxy } from './config/listeners.ts';
import { absoluteMetrics, metrics } from './config/metrics.ts';
import { onboarding } from './config/onboarding.ts';
import { absoluteSinks, sinksKey } from './config/sinks.ts';
import { size } from './config/size.ts';
import { type Document, formatProblem, parseText } from './document.ts';
import { readEnvironment, type Setting } from './environment.ts';
import { DaylightError } from './errors.ts';
import { describeIssues, dotted, type KeyPath, shapeOf } from './problems.ts';

function isPortRange(text: string): boolean {
  const [from = 0, to = 0] = text.split('-').map(Number);
  return from >= 1 && from <= to && to <= 65535;
}

/** What to do when the upstream's certificate cannot be verified. */
const tlsFailure = z.enum(['error', 'block', 'passthrough']);

/** An exception for one upstream host (exact, or `*.suffix`). */
const upstreamHost = z.strictObject({
  host: z.string().min(1),
  /** Certificate cannot be verified: answer an error page (default), refuse as policy, or tunnel without inspection. */
  onUntrusted: tlsFailure.optional(),
  /** Oldest TLS version to accept from this host. */
  minVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional(),
  /** PEM files with intermediates that this host forgets to send. */
  ca: z.array(z.string()).optional(),
  /** The server asks clients for a certificate, which cannot pass through inspection: tunnel without inspecting. */
  clientCertificate: z.boolean().optional(),
  comment: z.string().optional(),
});

const proxy = z.strictObject({
  listen: hostPort.default('127.0.0.1:8080'),
  ...doorKeys,
  workers: z.union([z.literal('auto'), z.number().int().min(1).max(64)]).default('auto'),
  /** Networks whose clients may use the proxy. Never an open relay: the default is loopback and private networks. */
  clients: z
    .array(network)
    .default([
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      'fc00::/7',
      'fe80::/10',
    ]),
  /** Ports that CONNECT and absolute-form requests may name: numbers, or ranges such as `8000-8999`. */
  ports: z
    .array(
      z.union([
        z.number().int().min(1).max(65535),
        z
          .string()
          .regex(/^\d+-\d+$/, { error: 'must be a port or a range such as 8000-8999', abort: true })
          .refine(isPortRange, 'must be a range from a lower to a higher port, at most 65535'),
      ]),
    )
    .default([80, 443, '1024-65535']),
  upstream: z
    .strictObject({
      /** PEM files trusted beside the public roots. */
      ca: z.array(z.string()).default([]),
      /** Private, loopback or link-local networks that may be reached. */
      allowPrivate: z.array(network).default([]),
      hosts: z.array(upstreamHost).default([]),
      proxy: parentProxy,
    })
    .prefault({}),
  inspect: z
    .strictObject({
      prefix: size.default(1024 * 1024),
      /** Decoded bytes of one message that are held to be scanned by DLP; `onError` rules on what is longer. */
      dlp: size.default(4 * 1024 * 1024),
      /** Hosts never decrypted (exact, or `*.suffix`), added to the shipped baseline. */
      passthrough: z.array(z.string()).default([]),
      /** Take offers of HTTP/3, which no proxy sees, out of answers (`Alt-Svc`). */
      removeAltSvc: z.boolean().default(true),
    })
    .prefault({}),
  /** What a fault of the engine means for a request. */
  onError: z.enum(['open', 'closed']).default('open'),
  limits: z
    .strictObject({
      headerBytes: size.default(64 * 1024),
      /** Open connections per client address. */
      connectionsPerClient: z.number().int().min(1).default(2048),
      connections: z.number().int().min(1).default(20000),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** Milliseconds until a request head must be complete. */
      header: z.number().int().min(100).default(30_000),
      /** Milliseconds a kept-alive connection may be idle. */
      idle: z.number().int().min(100).default(75_000),
      handshake: z.number().int().min(100).default(15_000),
      connect: z.number().int().min(100).default(10_000),
      /** Milliseconds an exchange may pass without a byte in either direction. */
      request: z.number().int().min(100).default(600_000),
      /** Milliseconds that open exchanges get to finish on shutdown. */
      drain: z.number().int().min(0).default(10_000),
      /** Milliseconds that open exchanges of a worker get to finish that another one has replaced. */
      handover: z.number().int().min(0).default(600_000),
    })
    .prefault({}),
});

/** A number of days, e.g. `90d`. */
const days = (byDefault: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,5}d$/, 'must be days, e.g. 90d')
        .transform((text) => Number.parseInt(text, 10)),
    ])
    .refine((count) => count >= 1 && count <= 36_500, 'must be from 1d to 36500d')
    .default(byDefault);

/** How long rows are kept, by what they are; docs/reference/events.md names their tables. */
const retention = z.strictObject({
  flows: days(90),
  calls: days(180),
  dlp: days(365),
  counts: days(400),
  /** What reports are made from when exchanges are gone. */
  rollups: days(400),
  tools: days(400),
  findings: days(730),
  audit: days(730),
  /** Excerpts in rows that stay. */
  excerpts: days(30),
});

const store = z.strictObject({
  /** Disk that the spool may take; when full, the oldest benign segments go first. */
  spoolLimit: size.default(4 * 1024 ** 3),
  /** Benign flows: not stored, counted per host and minute, or stored one by one. */
  benign: z.enum(['off', 'count', 'full']).default('count'),
  /** Calls to MCP servers and model APIs, each with what came of it: stored or not. */
  calls: z.enum(['on', 'off']).default('on'),
  /** Store users as keyed hashes. */
  pseudonymise: z.boolean().default(false),
  /** Store a redacted excerpt of MCP messages. */
  excerpts: z.boolean().default(false),
  /** PEM file with the operator's public key: what DLP finds is kept, sealed for its holder. Nothing is kept without it. */
  evidenceKey: z.string().nullable().default(null),
  retention: retention.prefault({}),
});

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
  const { upstream } = config.proxy;
  const { tls } = config.console;
  return {
    ...config,
    data: toAbsolute(['data'], config.data),
    rules: toAbsolute(['rules'], config.rules),
    certs: toAbsolute(['certs'], config.certs),
    identity: absoluteIdentity(config.identity, toAbsolute),
    metrics: absoluteMetrics(config.metrics, toAbsolute),
    sinks: absoluteSinks(config.sinks, toAbsolute),
    store: {
      ...config.store,
      evidenceKey: config.store.evidenceKey && toAbsolute(['store', 'evidenceKey'], config.store.evidenceKey),
    },
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
    proxy: {
      ...config.proxy,
      ...absoluteDoors(config.proxy, toAbsolute),
      upstream: {
        ...upstream,
        proxy: absoluteParent(upstream.proxy, toAbsolute),
        ca: upstream.ca.map((file) => toAbsolute(['proxy', 'upstream', 'ca'], file)),
        hosts: upstream.hosts.map((host) =>
          host.ca ? { ...host, ca: host.ca.map((file) => toAbsolute(['proxy', 'upstream', 'hosts'], file)) } : host,
        ),
      },
    },
  };
}

function fail(problems: readonly string[]): never {
  const head = problems.length === 1 ? '' : `${problems.length} problems in the configuration:\n`;
  throw new DaylightError('ERR_CONFIG_INVALID', head + problems.join('\n'));
}
