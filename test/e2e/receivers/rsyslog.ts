// Debian's rsyslogd as a receiver, where it is installed: without its own configuration, writing what it parsed as JSON lines.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/store/engine-process.ts';
import type { Certified } from './authority.ts';

export interface RsyslogLine {
  msg: string;
  hostname: string;
  'app-name': string;
  msgid: string;
  facility: string;
  severity: string;
  structured: string;
}

export interface Rsyslog {
  port: number;
  /** Resolves when so many messages are written. */
  lines(count: number): Promise<RsyslogLine[]>;
  close(): Promise<void>;
}

/**
 * Debian keeps it outside the PATH of people. It must have the TLS driver, and be allowed to read a configuration in a folder of ours
 * (AppArmor forbids that on some systems), or it is none for these tests.
 */
export function findRsyslogd(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, 'rsyslogd')).find(isProgram);
  return found !== undefined && driverOf() !== undefined && readsOurs(found) ? found : undefined;
}

function readsOurs(program: string): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-rsyslog-'));
  const config = join(dir, 'rsyslog.conf');
  writeFileSync(config, `action(type="omfile" file="${join(dir, 'out')}")\n`);
  const { status } = spawnSync(program, ['-N1', '-f', config], { stdio: 'ignore', timeout: 5000 });
  rmSync(dir, { recursive: true });
  return status === 0;
}

function driverOf(): string | undefined {
  const libraries = [
    '/usr/lib/x86_64-linux-gnu/rsyslog',
    '/usr/lib/aarch64-linux-gnu/rsyslog',
    '/usr/lib64/rsyslog',
    '/usr/lib/rsyslog',
  ];
  return ['ossl', 'gtls'].find((driver) => libraries.some((folder) => existsSync(`${folder}/lmnsd_${driver}.so`)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const LIST = [
  ['msg', 'msg'],
  ['hostname', 'hostname'],
  ['app-name', 'app-name'],
  ['msgid', 'msgid'],
  ['facility', 'syslogfacility-text'],
  ['severity', 'syslogseverity-text'],
  ['structured', 'structured-data'],
];

export async function startRsyslog(options: {
  dir: string;
  transport: 'tcp' | 'tls' | 'udp';
  ca: string;
  server: Certified;
}): Promise<Rsyslog> {
  const { dir, transport, ca, server } = options;
  const port = await freePort();
  const out = join(dir, 'messages');
  const tls =
    transport === 'tls' ? `streamDriver.name="${driverOf()}" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"` : '';
  const input =
    transport === 'udp'
      ? `module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="${port}")`
      : `module(load="imtcp" ${tls})\ninput(type="imtcp" address="127.0.0.1" port="${port}")`;
  const properties = LIST.map(
    ([name, property], at) =>
      `property(outname="${name}" name="${property}" format="jsonf") constant(value="${at < LIST.length - 1 ? ',' : '}\\n'}")`,
  );
  const config = join(dir, 'rsyslog.conf');
  writeFileSync(
    config,
    `global(workDirectory="${dir}" maxMessageSize="64k" defaultNetstreamDriverCAFile="${ca}" defaultNetstreamDriverCertFile="${server.certFile}" defaultNetstreamDriverKeyFile="${server.keyFile}")
${input}
template(name="lines" type="list") { constant(value="{") ${properties.join('\n')} }
action(type="omfile" file="${out}" template="lines")
`,
  );
  const child = spawn(findRsyslogd() ?? '', ['-n', '-f', config, '-i', join(dir, 'pid')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'exit');
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`rsyslogd ended: ${said}`);
    return transport === 'udp' ? existsSync(join(dir, 'pid')) : await answers(port);
  });
  // It writes its process id before it listens.
  if (transport === 'udp') await sleep(300);
  const read = (): RsyslogLine[] =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [];
  return {
    port,
    async lines(count) {
      await until(async () => existsSync(out) && readFileSync(out, 'utf8').split('\n').length > count);
      return read();
    },
    async close() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(late);
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error('waited in vain for rsyslogd');
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  const result = await promise;
  socket.destroy();
  return result;
}
