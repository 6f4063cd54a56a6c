// `daylight doctor`: looks at everything the appliance needs and says what is wrong and what to do. Exit status 2 on findings.

import { once } from 'node:events';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { openCa } from '../proxy/ca.ts';
import { placesOf } from '../proxy/places.ts';
import { connectStore, type Store } from '../store/connect.ts';
import { readConnection } from '../store/connection.ts';
import { findEngineLibrary } from '../store/engine-library.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { appliance, clock, nameServers, trust } from './doctor/connections.ts';
import { coverage } from './doctor/coverage.ts';
import type { Examine, Finding } from './doctor/finding.ts';
import { sinks } from './doctor/sinks.ts';
import { paint, print, printJson, visible } from './output.ts';

const DAY = 86_400_000;
const GIB = 1024 ** 3;

export function doctorCommand(): Command {
  return command('doctor', 'look for what keeps the appliance from working; exit status 2 when something is wrong').action(
    doctor,
  );
}

/** Everything that was looked at, with what was found. */
export async function findingsOf(options: CommonOptions): Promise<Finding[]> {
  const findings: Finding[] = [nodeVersion()];
  const config = await examine('configuration', () => configOf(options), findings);
  if (config) {
    const running = isRunning(config);
    for (const [check, look] of Object.entries(CHECKS)) {
      const finding = await examine(check, () => look(config, running), findings);
      if (finding) findings.push(finding);
    }
  }
  return findings;
}

async function doctor(options: CommonOptions): Promise<void> {
  const findings = await findingsOf(options);
  const problems = findings.filter(({ state }) => state === 'problem');
  if (options.json) for (const finding of findings) printJson(finding);
  else {
    const width = Math.max(...findings.map(({ check }) => check.length));
    for (const { check, state, detail, fix } of findings)
      print(`${MARKS[state]()}  ${check.padEnd(width)}  ${visible(detail)}${fix === undefined ? '' : `. ${fix}`}`);
    print(problems.length === 0 ? '\nNothing is wrong.' : `\n${problems.length} of ${findings.length} checks found something.`);
  }
  if (problems.length > 0) process.exitCode = EXIT.findings;
}

const MARKS = {
  ok: () => paint('green', 'ok  '),
  warning: () => paint('yellow', 'note'),
  problem: () => paint('red', 'BAD '),
};

const CHECKS: Record<string, Examine> = {
  'rules and policy': ({ rules }) => {
    const { source, warnings } = loadSnapshotSource(rules);
    if (source.rules.length === 0) return { check: 'rules and policy', state: 'problem', detail: `${rules} holds no rules` };
    const extra = warnings.length > 0 ? `, ${warnings.length} notes (see "daylight check")` : '';
    return {
      check: 'rules and policy',
      state: warnings.length > 0 ? 'warning' : 'ok',
      detail: `${source.rules.length} rules${extra}`,
    };
  },
  'certificate authority': certificateAuthority,
  'data folder': dataFolder,
  'proxy port': ({ proxy }, running) => port('proxy port', proxy.listen, running),
  'other ports': otherPorts,
  appliance,
  'way of a client': trust,
  'name servers': nameServers,
  clock,
  ClickHouse: clickhouse,
  sinks,
  coverage,
};

async function examine<T>(check: string, act: () => T | Promise<T>, findings: Finding[]): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    const detail = error instanceof DaylightError ? error.message : `unexpected: ${(error as Error).message}`;
    findings.push({ check, state: 'problem', detail });
    return undefined;
  }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fine = major > 24 || (major === 24 && minor >= 11);
  const detail = fine
    ? process.versions.node
    : `${process.versions.node} is too old; install Node 24.11 or later, or run bin/daylight`;
  return { check: 'Node', state: fine ? 'ok' : 'problem', detail };
}

function isRunning(config: Config): boolean {
  try {
    readConnection(config.data);
    return true;
  } catch {
    return false;
  }
}

async function certificateAuthority({ certs }: Config): Promise<Finding> {
  const check = 'certificate authority';
  if (!existsSync(join(certs, 'ca.pem')))
    return { check, state: 'ok', detail: `${certs} has none yet; the first start makes it` };
  const mode = statSync(join(certs, 'ca.key')).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const detail = `${join(certs, 'ca.key')} can be read by others (mode ${mode.toString(8)}); chmod 600 it, and rotate it if others could`;
    return { check, state: 'problem', detail };
  }
  const { info } = await openCa({ dir: certs });
  const days = Math.floor((info.notAfter - Date.now()) / DAY);
  const detail = `${info.file}, valid for ${days} more days`;
  return days < 90 ? { check, state: 'warning', detail: `${detail}; see "daylight ca rotate"` } : { check, state: 'ok', detail };
}

function dataFolder({ data, store }: Config): Finding {
  const check = 'data folder';
  let folder = data;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return { check, state: 'problem', detail: `${folder} cannot be written by this user; change its owner or set \`data:\`` };
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${data}, ${(free / GIB).toFixed(1)} GiB free`;
  if (free < GIB) return { check, state: 'problem', detail: `${detail}; at least 1 GiB is needed` };
  const spool = store.spoolLimit / GIB;
  if (free < store.spoolLimit) return { check, state: 'warning', detail: `${detail}, less than store.spoolLimit (${spool} GiB)` };
  return { check, state: 'ok', detail };
}

/** The first of the doors besides the proxy's own that is not as it should be. */
async function otherPorts({ proxy, console: { listen } }: Config, running: boolean): Promise<Finding> {
  const check = 'other ports';
  const doors = placesOf(proxy).slice(1);
  const places = [...doors.map(({ host, port: number }) => `${host.includes(':') ? `[${host}]` : host}:${number}`), listen];
  for (const place of places) {
    const finding = await port(check, place, running);
    if (finding.state !== 'ok') return finding;
  }
  return { check, state: 'ok', detail: places.join(', ') };
}

async function port(check: string, listen: string, running: boolean): Promise<Finding> {
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
  const number = Number(listen.slice(at + 1));
  if (number === 0) return { check, state: 'ok', detail: `${listen}: a free one is picked at start` };
  if (running) {
    const answers = await canConnect(host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, number);
    return answers
      ? { check, state: 'ok', detail: `${listen}: the appliance answers` }
      : {
          check,
          state: 'problem',
          detail: `${listen}: an appliance is running but does not answer there; was it started with --proxy?`,
        };
  }
  const error = await cannotListen(host, number);
  return error === undefined
    ? { check, state: 'ok', detail: `${listen}: free` }
    : { check, state: 'problem', detail: `${listen}: ${error}; stop what uses it, or choose another port` };
}

async function canConnect(host: string, number: number): Promise<boolean> {
  const socket = connect({ host, port: number, timeout: 2_000 });
  try {
    await Promise.race([once(socket, 'connect'), once(socket, 'timeout').then(() => Promise.reject(new Error('timeout')))]);
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function cannotListen(host: string, number: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(number, host);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use' : (error as Error).message;
  } finally {
    server.close();
  }
}

async function clickhouse(config: Config, running: boolean): Promise<Finding> {
  const check = 'ClickHouse';
  if (config.clickhouse === 'embedded') {
    const library = findEngineLibrary();
    if (!running) return { check, state: 'ok', detail: `embedded engine found (${library}); it runs with the appliance` };
    return answering(check, connectStore(readConnection(config.data)), 'the embedded engine');
  }
  return answering(check, connectStore(config.clickhouse), new URL(config.clickhouse.url).host);
}

async function answering(check: string, store: Store, what: string): Promise<Finding> {
  try {
    const result = await store.reader.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await result.json<{ version: string }>();
    return { check, state: 'ok', detail: `${what} answers (version ${row?.version})` };
  } catch (error) {
    const detail = `${what} does not answer: ${(error as Error).message}. Events wait in the spool meanwhile`;
    return { check, state: 'problem', detail };
  } finally {
    await store.close();
  }
}
