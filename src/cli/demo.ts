// `daylight demo`: the catch, from end to end, with real parts on loopback. Clients of both MCP SDK majors talk through a real
// appliance to two real MCP servers that nobody approved; the detections are read back from ClickHouse; then the class is
// blocked, and one server approved. Everything lives in a temporary folder and ends with the command, however it ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Config, INSTALL_DIR } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { connectStore } from '../store/connect.ts';
import { readConnection } from '../store/connection.ts';
import { queryEvents } from '../store/queries.ts';
import type { StoredEvent } from '../store/rows.ts';
import { bareCommand } from './command.ts';
import { type DemoAppliance, startAppliance } from './demo/appliance.ts';
import type { ClientKind, ClientReport } from './demo/client.ts';
import { keepOpen } from './demo/keep.ts';
import { companyPolicy } from './demo/sample/company-policy.ts';
import { type DemoServers, end } from './demo/servers.ts';
import { type Teller, tellJson, tellPerson } from './demo/teller.ts';

const CLIENTS: readonly { kind: ClientKind; name: string; server: 'everything' | 'notes' | 'api' | 'lsp'; mcp: boolean }[] = [
  { kind: 'sdk1', name: 'demo-editor (MCP SDK 1.x)', server: 'everything', mcp: true },
  { kind: 'sdk2', name: 'demo-agent (MCP SDK 2.x)', server: 'notes', mcp: true },
  { kind: 'json', name: 'a JSON API client', server: 'api', mcp: false },
  { kind: 'lsp', name: 'an editor asking a language server', server: 'lsp', mcp: false },
];
type DemoClient = (typeof CLIENTS)[number];

export function demoCommand(): Command {
  return bareCommand('demo', 'show the catch on this machine: real servers, real clients, nothing left behind')
    .option('--keep', 'leave the console open afterwards, with sample data beside what was caught, until Ctrl-C')
    .action(demo);
}

async function demo(options: { json?: boolean; keep?: boolean }): Promise<void> {
  requirePackages();
  const started = Date.now();
  const tell = options.json ? tellJson : tellPerson;
  const leave: (() => Promise<void>)[] = [];
  const cleanUp = async () => {
    for (let step = leave.pop(); step; step = leave.pop()) await step().catch(() => {});
  };
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  try {
    await play(tell, leave, interrupted.signal, options.keep === true);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    await cleanUp();
  }
  if (options.keep && interrupted.signal.aborted && process.exitCode !== 130)
    tell.note('Everything was stopped and the temporary folder removed.');
  if (!interrupted.signal.aborted) tell.end((Date.now() - started) / 1000);
}

async function play(tell: Teller, leave: (() => Promise<void>)[], stop: AbortSignal, keep: boolean): Promise<void> {
  tell.step('Starting Daylight and the servers, on loopback, in a temporary folder');
  const begun = Date.now();
  const appliance = await startAppliance(leave, stop, keep ? companyPolicy(begun) : {});
  const { servers, config } = appliance;
  // Sample data is judged by the policy of now: what the demo changes does not hold for the weeks before.
  const { source } = loadSnapshotSource(config.rules);
  tell.fact('proxy', appliance.proxy);
  tell.fact('unapproved', `${servers.everything}  the MCP project's own test server (SDK 1.x)`);
  tell.fact('unapproved', `${servers.notes}  a notes server (SDK 2.x, stateless revision 2026-07-28)`);
  tell.fact('harmless', `${servers.api}  an ordinary JSON API; a language server beside it`);

  tell.step('Clients go through the proxy, because their environment says so');
  for (const client of CLIENTS) tell.client(client.name, await runUntil(client, true, appliance, leave, stop));

  tell.step('What Daylight saw, read back from ClickHouse');
  const events = await untilStored(config, servers, stop);
  const flagged = events.filter((event) => event.traffic !== 'none');
  const unflagged = events.filter((event) => event.traffic === 'none');
  tell.events(flagged);
  tell.note(`Not flagged: ${unflagged.map((event) => `${event.http_method} ${event.url}`).join(', ')}`);
  const named = flagged.find((event) => event.mcp_client_name !== '' && event.traffic === 'shadow');
  if (named) tell.note(`Why, for the first of them: ${named.reason}`);

  tell.step('daylight rules mode shadow block');
  await daylight(['rules', 'mode', 'shadow', 'block'], appliance, stop);
  for (const client of CLIENTS) tell.client(client.name, await runUntil(client, !client.mcp, appliance, leave, stop));

  tell.step(`daylight servers approve ${servers.notes} --owner platform-team`);
  await daylight(['servers', 'approve', servers.notes, '--owner', 'platform-team'], appliance, stop);
  for (const client of CLIENTS.filter(({ mcp }) => mcp)) {
    tell.client(client.name, await runUntil(client, client.server === 'notes', appliance, leave, stop));
  }
  if (!keep) return;
  const useSome = async (turn: number) => {
    await run(CLIENTS[turn % CLIENTS.length]!, appliance, leave, stop);
  };
  await keepOpen({ appliance, source, begun, tell, stop, useSome });
}

/** Runs a client in a process of its own, configured by its environment alone. */
async function run(
  client: DemoClient,
  appliance: DemoAppliance,
  leave: (() => Promise<void>)[],
  stop: AbortSignal,
): Promise<ClientReport> {
  stop.throwIfAborted();
  const { NO_PROXY: _upper, no_proxy: _lower, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'demo/client.ts'), client.kind, appliance.servers[client.server]],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...environment,
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: appliance.proxy,
        HTTP_PROXY: appliance.proxy,
        NODE_EXTRA_CA_CERTS: appliance.ca,
      },
      timeout: 10_000,
    },
  );
  leave.push(() => end(child));
  return JSON.parse(
    (await outputOf(child)) || '{"ok":false,"server":"","protocol":"","text":"the client did not finish"}',
  ) as ClientReport;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return text;
}

/** Runs a client until it fares as expected: the appliance takes a moment to notice a change of policy. */
async function runUntil(
  client: DemoClient,
  expected: boolean,
  appliance: DemoAppliance,
  leave: (() => Promise<void>)[],
  stop: AbortSignal,
): Promise<ClientReport> {
  const giveUp = Date.now() + 10_000;
  for (;;) {
    const report = await run(client, appliance, leave, stop);
    if (report.ok === expected) return report;
    if (Date.now() > giveUp) {
      const what = `${client.name} should ${expected ? 'pass' : 'be blocked'}, but: ${report.text}`;
      throw new DaylightError('ERR_NOT_RUNNING', `${what}\nThe end of the appliance's log:\n${appliance.logTail()}`);
    }
    await sleep(200, undefined, { signal: stop });
  }
}

/** Runs a command of Daylight as a person would. */
async function daylight(args: readonly string[], appliance: DemoAppliance, stop: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(INSTALL_DIR, 'src/main.ts'), ...args, '--config', appliance.configFile], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: stop,
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`daylight ${args.join(' ')} ended with status ${status}`);
}

/** Events arrive within about a second; all clients are there when each server has been seen. */
async function untilStored(config: Config, servers: DemoServers, stop: AbortSignal): Promise<StoredEvent[]> {
  const store = connectStore(readConnection(config.data));
  const wanted = [servers.everything, servers.notes, servers.api, servers.lsp];
  const giveUp = Date.now() + 20_000;
  try {
    for (;;) {
      const events = await queryEvents(store.reader, { limit: 200 });
      if (wanted.every((url) => events.some((event) => event.url === url))) return events.reverse();
      if (Date.now() > giveUp) throw new DaylightError('ERR_STORE', `only ${events.length} events arrived in ClickHouse`);
      await sleep(200, undefined, { signal: stop });
    }
  } finally {
    await store.close();
  }
}

function requirePackages(): void {
  const require = createRequire(import.meta.url);
  const needed = [
    '@modelcontextprotocol/sdk',
    '@modelcontextprotocol/client',
    '@modelcontextprotocol/server',
    '@modelcontextprotocol/node',
  ];
  const missing = [...needed, '@modelcontextprotocol/server-everything'].filter((name) => {
    return !(require.resolve.paths(name) ?? []).some((folder) => isThere(join(folder, name, 'package.json'), require));
  });
  if (missing.length === 0) return;
  throw new DaylightError(
    'ERR_USAGE',
    `the demo needs packages for development, and ${missing.join(', ')} is not installed; run "npm ci" without --omit=dev`,
  );
}

function isThere(file: string, require: NodeJS.Require): boolean {
  try {
    require.resolve(file);
    return true;
  } catch {
    return false;
  }
}
