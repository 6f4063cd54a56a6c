// The appliance itself, as a user starts it: one worker, detection on, every flow written to the spool and on to ClickHouse.
//
// The worker and the main process run on the proxy's core. The ClickHouse engine is moved to the other core and reported beside the
// figures: it takes the events in batches, at its own time.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openAccessFile } from '../../src/access/database.ts';
import { createProxyTokens } from '../../src/access/proxy-tokens.ts';
import { transaction } from '../../src/sqlite-file.ts';
import { endChild, LOAD_CORE, movePinned, PROXY_CORE, startPinned } from '../pinned-child.ts';
import { type ProcessSample, sampleTree } from '../process-tree.ts';
import type { Contender, Running, Setup } from './contender.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const START_LIMIT_MS = 60_000;
const TOKENS = 10_000;
const USERS = 64;

export const daylight = appliance('daylight', 'forward proxy, 1 worker, detection on, store.benign: full', shippedRules);

/** What DLP is measured against: the origin is approved, nothing reads the content. */
export const daylightApproved = variant('daylight-approved', 'as daylight; the server is approved, no DLP profile', []);

/** All shipped detectors read both directions and may replace what they find. */
export const daylightDlp = variant('daylight-dlp', 'as daylight-approved; all detectors, both directions, redact', [
  { id: 'all', detectors: ['all'], request: 'redact', response: 'redact' },
]);

/** As many people as a large company has; each connection is one of them. */
export const daylightTokens: Contender = {
  ...appliance(
    'daylight-tokens',
    'as daylight-approved; 10,000 proxy tokens, and each request with one',
    (setup) => rulesFor(setup, []),
    issueTokens,
  ),
  variant: true,
};

function variant(name: string, what: string, profiles: readonly object[]): Contender {
  return { ...appliance(name, what, (setup) => rulesFor(setup, profiles)), variant: true };
}

function shippedRules(): string {
  return join(root, 'rules');
}

function rulesFor({ folder, host, originPort }: Setup, profiles: readonly object[]): string {
  const rules = join(folder, 'rules');
  cpSync(shippedRules(), rules, { recursive: true });
  // JSON is YAML.
  writeFileSync(join(rules, 'local/approved.yml'), JSON.stringify({ servers: [{ url: `https://${host}:${originPort}` }] }));
  writeFileSync(join(rules, 'local/dlp.yml'), JSON.stringify({ profiles }));
  return rules;
}

function appliance(name: string, what: string, rulesOf: (setup: Setup) => string, issue?: (data: string) => string[]): Contender {
  return {
    name,
    what,
    share: 1,
    version: () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    partOf,
    start: (setup) => start(setup, rulesOf(setup), issue),
  };
}

async function start(setup: Setup, rules: string, issue?: (data: string) => string[]): Promise<Running> {
  const file = join(setup.folder, 'daylight.yaml');
  const data = join(setup.folder, 'data');
  const certs = join(setup.folder, 'certs');
  mkdirSync(data, { mode: 0o700 });
  const fields = issue?.(data) ?? [];
  const config = {
    data,
    certs,
    rules,
    proxy: { workers: 1, upstream: { ca: [setup.authorityFile], allowPrivate: ['127.0.0.0/8', '::1/128'] } },
    store: { benign: 'full' },
    log: { level: 'warn' },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const env = setup.profileFolder
    ? { ...process.env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${setup.profileFolder}` }
    : process.env;
  const args = ['start', '--json', '--config', file, '--proxy', '127.0.0.1:0', '--console', '127.0.0.1:0'];
  const child = startPinned(PROXY_CORE, join(root, 'bin', 'daylight'), args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ready = await new Promise<{ proxy: string; console: string; ca: string }>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`daylight was not ready within ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`daylight ended with status ${code} while starting`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line);
      if (message.event !== 'ready') return;
      clearTimeout(timer);
      resolve(message);
    });
  }).catch(async (error) => {
    await endChild(child);
    throw error;
  });
  for (const sample of sampleTree(child.pid!)) if (partOf(sample) === 'engine') await movePinned(LOAD_CORE, sample.pid);
  const port = Number(new URL(ready.proxy).port);
  // Draining needs longer than a rival's exit: open exchanges, then the spool.
  return {
    ...{ port, mode: 'proxy', ca: readFileSync(ready.ca, 'utf8'), pid: child.pid! },
    console: { url: ready.console, data },
    fields,
    stop: () => endChild(child, 20_000),
  };
}

/** @returns fields Proxy-Authorization for as many users as there are connections */
function issueTokens(data: string): string[] {
  const database = openAccessFile(data);
  try {
    const tokens = createProxyTokens(database, Date.now);
    const wish = { name: 'bench', groups: ['bench'], days: 1, issuer: 'bench' };
    const made = transaction(database, () =>
      Array.from({ length: TOKENS }, (_, index) => tokens.create(null, { ...wish, user: `user-${index}@example.com` }).token),
    );
    return made
      .slice(0, USERS)
      .map((token, index) => `proxy-authorization: Basic ${Buffer.from(`user-${index}:${token}`).toString('base64')}`);
  } finally {
    database.close();
  }
}

/** Told by the command line: main.ts is the main process, files of src/store are the engine, what else there is are workers. */
function partOf(sample: ProcessSample): string {
  if (/src\/main\.ts/.test(sample.command)) return 'main';
  return /src\/store\//.test(sample.command) ? 'engine' : 'worker';
}
