// Where the map of addresses comes from: feeds that answer badly, files that change.

import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AddressSource, identity } from '../../src/config/identity.ts';
import { createLog } from '../../src/log.ts';
import { openCa } from '../../src/proxy/ca.ts';
import { fetchAddressFeed } from '../../src/proxy/identify/address-feed.ts';
import type { AddressEntry } from '../../src/proxy/identify/address-map.ts';
import { type AddressSources, openAddressSources } from '../../src/proxy/identify/address-sources.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';
import { eventually } from './proxy.ts';

let dir: string;
const ends: (() => void)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-addresses-'));
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
  rmSync(dir, { recursive: true, force: true });
});

async function serve(listener: RequestListener, server: Server = createServer()): Promise<string> {
  server.on('request', listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const feedOf = (config: object) =>
  identity.parse({ addresses: [config] }).addresses[0] as Extract<AddressSource, { url: string }>;
const LIST = '[{"address":"10.1.2.3","user":"ann"}]';
const never = new AbortController().signal;
const ask = (config: object, limits?: Parameters<typeof fetchAddressFeed>[2]) => fetchAddressFeed(feedOf(config), never, limits);

describe('a feed', () => {
  const bad: [string, RequestListener, string][] = [
    ['an error', (_request, response) => void response.writeHead(500).end(LIST), 'it answered 500 instead of 200'],
    [
      'a redirect, which is not followed',
      (request, response) =>
        void (request.url === '/' ? response.writeHead(302, { location: '/there' }).end() : response.end(LIST)),
      'it answered 302: redirects are not followed',
    ],
    ['nothing', () => {}, 'it did not answer within 0.3 seconds'],
    ['a head and then nothing', (_request, response) => void response.write('['), 'it did not answer within 0.3 seconds'],
    ['too much', (_request, response) => void response.end('x'.repeat(5_000)), 'its answer is larger than 4096 bytes'],
    [
      'half of what it announced',
      (request, response) => {
        response.writeHead(200, { 'content-length': 999 }).write('[');
        setTimeout(() => request.socket.destroy(), 20);
      },
      'it cannot be asked',
    ],
    ['the end of the connection', (request) => void request.socket.destroy(), 'it cannot be asked'],
  ];
  it.each(bad)('that answers with %s is refused in words', async (_what, listener, message) => {
    const place = await serve(listener);
    await expect(ask({ url: `http://${place}/` }, { timeoutMs: 300, maxBytes: 4_096 })).rejects.toThrow(message);
  });

  it('gets its token from the configuration or a file of mode 0600, and no message holds it', async () => {
    const seen: (string | undefined)[] = [];
    const place = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(LIST);
    });
    const [open, closed] = [join(dir, 'open'), join(dir, 'closed')];
    writeFileSync(open, 'sesame\n', { mode: 0o644 });
    writeFileSync(closed, 'sesame\n', { mode: 0o600 });
    expect(await ask({ url: `http://${place}/`, token: 'inline' })).toBe(LIST);
    expect(await ask({ url: `http://${place}/`, tokenFile: closed })).toBe(LIST);
    expect(seen).toEqual(['Bearer inline', 'Bearer sesame']);
    await expect(ask({ url: `http://${place}/`, tokenFile: open })).rejects.toThrow(`chmod 600 ${open}`);
    await expect(ask({ url: `http://${place}/`, tokenFile: join(dir, 'none') })).rejects.toThrow('cannot be read');
  });

  it('has to prove who it is', async () => {
    const ca = await openCa({ dir: join(dir, 'ca') });
    const { chain, key } = await createLeafIssuer(ca).mint({ host: 'localhost', extraSans: ['127.0.0.1'] });
    const place = await serve((_request, response) => void response.end(LIST), createTlsServer({ cert: chain, key }));
    const url = `https://${place}/`;
    await expect(ask({ url })).rejects.toThrow('it cannot be asked');
    expect(await ask({ url, ca: join(dir, 'ca/ca.pem') })).toBe(LIST);
  });

  it.each(['http://ipam.corp.example/', 'https://user:pass@ipam.corp.example/', 'ftp://127.0.0.1/', 'nothing'])(
    'at %s is no feed',
    (url) => {
      expect(identity.safeParse({ addresses: [{ url }] }).success).toBe(false);
    },
  );
});

describe('sources', () => {
  let current: Map<string, AddressEntry>;
  let sources: AddressSources;
  const logFile = () => join(dir, 'log');

  async function open(...configs: object[]): Promise<void> {
    current = new Map();
    sources = openAddressSources(identity.parse({ addresses: configs }).addresses, {
      log: createLog('info', logFile()),
      everyMs: 20,
      onChange({ put, gone }) {
        for (const entry of put) current.set(entry.key, entry);
        for (const key of gone) current.delete(key);
      },
    });
    ends.push(() => sources.stop());
    await sources.settled;
  }
  const shown = () => [...current.values()].map(({ network, user, device }) => `${network} ${user} ${device}`.trim()).sort();
  const logged = async (text: string) => {
    const { readFileSync } = await import('node:fs');
    return eventually(text, () => readFileSync(logFile(), 'utf8').includes(text));
  };

  it('tell what is new and what is gone, and keep what they knew while a file is broken or away', async () => {
    const file = join(dir, 'list.csv');
    writeFileSync(file, 'address,user\n10.1.2.3,ann\n10.1.2.4,bob\n');
    await open({ file }, { networks: { '10.0.0.0/8': { device: 'site' } } });
    expect(shown()).toEqual(['10.0.0.0/8  site', '10.1.2.3 ann', '10.1.2.4 bob']);
    expect(sources.entries()).toHaveLength(3);
    writeFileSync(file, 'address,user\n10.1.2.3,ann\n10.1.2.5\n');
    await logged('list.csv: line 3: 1 fields where the first line has 2. What it said before stays in force.');
    expect(shown()).toHaveLength(3);
    rmSync(file);
    await logged('no such file');
    writeFileSync(`${file}.new`, 'address,user\n10.1.2.3,eve\n');
    renameSync(`${file}.new`, file);
    await eventually('the new list', () => shown().join() === '10.0.0.0/8  site,10.1.2.3 eve');
    await logged('can be read again');
  });

  it('read what the cleanup of Kea leaves beside its file', async () => {
    const file = join(dir, 'kea-leases4.csv');
    const head =
      'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n';
    const lease = (address: string, host: string) => `${address},aa,,4294967295,1,1,0,0,${host},0,,0\n`;
    writeFileSync(`${file}.2`, head + lease('10.0.0.1', 'old') + lease('10.0.0.2', 'kept'));
    writeFileSync(file, head + lease('10.0.0.1', 'new'));
    await open({ dhcpLeases: file, format: 'kea', as: 'user' });
    expect(shown()).toEqual(['10.0.0.1 new new', '10.0.0.2 kept kept']);
    writeFileSync(`${file}.completed`, head + lease('10.0.0.3', 'done'));
    await eventually('the cleanup', () => shown().join() === '10.0.0.1 new new,10.0.0.3 done done');
  });

  it('ask a feed at its pace, and go on with what it said when it fails', async () => {
    const answers = [LIST, '<html>busy</html>', '[{"address":"10.1.2.3","user":"eve"}]'];
    const place = await serve((_request, response) => void response.end(answers.length > 1 ? answers.shift() : answers[0]));
    await open({ url: `http://${place}/list?key=not-for-the-log`, refresh: '1s' });
    expect(shown()).toEqual(['10.1.2.3 ann']);
    await logged(`http://${place}/list: line 1: the first line must name the columns`);
    expect(shown()).toEqual(['10.1.2.3 ann']);
    await eventually('the next answer', () => shown().join() === '10.1.2.3 eve');
  });
});
