// What `daylight doctor` finds out by asking: the doors, the running appliance, a client's whole way through the proxy, name servers, and
// the clock.

import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { OWN_HOST } from '../../ask-token.ts';
import type { Config } from '../../config.ts';
import { openCa } from '../../proxy/ca.ts';
import { openStore } from '../../store/connect.ts';
import { askConsole } from '../ask-console.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 3_000;
/** Beyond this, events of several machines do not stand in order, and dates of policy hold at the wrong time. */
const DRIFT_MS = 5_000;

/** Whether the running appliance has everything that it needs, as /readyz says. */
export async function appliance({ console: { listen, tls } }: Config, running: boolean): Promise<Finding> {
  const check = 'appliance';
  if (!running) return { check, state: 'ok', detail: 'none is running on this data folder' };
  if (listen.endsWith(':0'))
    return { check, state: 'ok', detail: 'it is running; its console has a port that is not known here' };
  const isLoopback = /^(127\.|localhost|\[::1\])/.test(listen);
  const scheme = tls === 'off' || (tls === 'auto' && isLoopback) ? 'http' : 'https';
  const answer = await askConsole(`${scheme}://${listen}`, '/readyz');
  if (answer === undefined)
    return {
      ...{ check, state: 'problem', detail: `it is running, but its console does not answer on ${listen}` },
      fix: 'look into its log; was it started with --console?',
    };
  const {
    workers,
    missing = [],
    degraded = [],
  } = JSON.parse(answer.text) as {
    workers: number;
    missing?: string[];
    degraded?: string[];
  };
  if (missing.length > 0)
    return { check, state: 'problem', detail: missing.join('; '), fix: 'look into its log, then restart it' };
  const detail = `${workers} workers take clients`;
  return degraded.length > 0
    ? {
        check,
        state: 'warning',
        detail: `${detail}; ${degraded.join('; ')}`,
        fix: 'events are kept meanwhile; see ClickHouse below',
      }
    : { check, state: 'ok', detail };
}

/** A client that trusts the CA asks for the self-test, through the proxy. */
export async function trust({ proxy: { listen }, certs }: Config, running: boolean): Promise<Finding> {
  const check = 'way of a client';
  if (!running) return { check, state: 'ok', detail: 'not tried: no appliance is running' };
  if (listen.endsWith(':0')) return { check, state: 'ok', detail: 'not tried: the port of the proxy is not known here' };
  const { anchor } = await openCa({ dir: certs });
  try {
    const answer = await throughProxy(listen, anchor.toString());
    const found = JSON.parse(answer) as { throughProxy?: boolean; trustsCa?: boolean | null };
    if (found.throughProxy && found.trustsCa)
      return { check, state: 'ok', detail: `a client that trusts ${anchor.fingerprint256.slice(0, 23)}… gets through` };
    return { check, state: 'problem', detail: 'the self-test answers something else', fix: 'restart the appliance' };
  } catch (error) {
    return {
      ...{ check, state: 'problem', detail: `a client that trusts the CA does not get through: ${(error as Error).message}` },
      fix: 'if the CA was replaced, send SIGHUP to the appliance; if clients are refused, see proxy.clients',
    };
  }
}

async function throughProxy(listen: string, ca: string): Promise<string> {
  const [host, port] = [listen.slice(0, listen.lastIndexOf(':')), Number(listen.slice(listen.lastIndexOf(':') + 1))];
  const place = host
    .replace(/^\[|\]$/g, '')
    .replace(/^0\.0\.0\.0$/, '127.0.0.1')
    .replace(/^::$/, '::1');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const tunnel = request({ host: place, port, method: 'CONNECT', path: `${OWN_HOST}:443`, agent: false, signal });
  tunnel.end();
  const [{ statusCode }, socket] = (await Promise.race([
    once(tunnel, 'connect', { signal }),
    once(tunnel, 'response', { signal }).then(([response]) => [response, undefined]),
  ])) as [{ statusCode: number }, Duplex | undefined];
  if (statusCode !== 200 || !socket) throw new Error(`the proxy answers ${statusCode}`);
  const secure = connectTls({ socket, servername: OWN_HOST, ca });
  try {
    await once(secure, 'secureConnect', { signal });
    const sent = get({ createConnection: () => secure, host: OWN_HOST, path: '/test.json', signal });
    const [response] = await once(sent, 'response', { signal });
    return Buffer.concat(await response.toArray()).toString();
  } finally {
    secure.destroy();
  }
}

/** Whether some name server answers at all; an answer that there is no such name is one. */
export async function nameServers(): Promise<Finding> {
  const check = 'name servers';
  const servers = new Resolver().getServers();
  const silent: string[] = [];
  for (const server of servers) if (!(await answers(server))) silent.push(server);
  if (servers.length > 0 && silent.length === 0) return { check, state: 'ok', detail: `${servers.join(', ')} answer` };
  const detail =
    servers.length === 0 ? 'none is configured' : `${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer`;
  // A parent proxy, or a list of hosts, may be enough.
  return { check, state: 'warning', detail, fix: 'check /etc/resolv.conf: hosts that cannot be resolved cannot be reached' };
}

async function answers(server: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([server]);
  try {
    await resolver.resolve4('daylight.invalid');
    return true;
  } catch (error) {
    return ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Against the CA, which cannot have been made in the future, and against ClickHouse where that is another machine. */
export async function clock(config: Config, running: boolean): Promise<Finding> {
  const check = 'clock';
  const fix = 'set the clock of this machine (chrony, systemd-timesyncd)';
  const now = new Date();
  const made = await openedBefore(config.certs);
  if (made !== undefined && now.getTime() < made)
    return { check, state: 'problem', detail: `${now.toISOString()} is before the CA was made`, fix };
  if (!running || config.clickhouse === 'embedded') return { check, state: 'ok', detail: now.toISOString() };
  const store = openStore(config);
  try {
    const before = Date.now();
    const result = await store.reader.query({ query: 'SELECT toUnixTimestamp64Milli(now64(3)) AS now', format: 'JSONEachRow' });
    const [row] = await result.json<{ now: string }>();
    const drift = Math.abs(Number(row?.now) - (before + Date.now()) / 2);
    const detail = `${Math.round(drift)} ms from that of ClickHouse`;
    return drift > DRIFT_MS ? { check, state: 'problem', detail, fix } : { check, state: 'ok', detail };
  } finally {
    await store.close();
  }
}

async function openedBefore(certs: string): Promise<number | undefined> {
  try {
    readFileSync(`${certs}/ca.pem`);
  } catch {
    return undefined;
  }
  return (await openCa({ dir: certs })).info.notBefore;
}
