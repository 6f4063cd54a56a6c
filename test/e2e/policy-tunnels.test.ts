// Where a tunnel may lead, and what it may carry: hosts that are passed through, servers that cannot be trusted, names that
// disagree, addresses and ports that are refused; plain HTTP, h2c and what is not HTTP at all.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createH2cServer, createSecureServer, type Http2SecureServer, type Http2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCa } from '../../src/proxy/ca.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';
import type { StoredEvent } from '../../src/store/rows.ts';
import { type Appliance, startAppliance, until, within } from './appliance.ts';
import { initialize } from './clients/raw-clients.ts';
import { type HttpAnswer, type HttpRequest, openTls, openTunnel, readAll, requestHttp1, requestHttp2 } from './clients/tunnel.ts';
import { keyPairFor } from './servers/key-pair.ts';
import { statelessServer } from './servers/stateless-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const INITIALIZE: HttpRequest = {
  method: 'POST',
  path: '/mcp',
  headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
  body: JSON.stringify(initialize('tunnel-test', '2025-06-18')),
};
const BROWSER: HttpRequest = { headers: { Accept: 'text/html,application/xhtml+xml' } };
const ipv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

let appliance: Appliance;
let ca: Buffer;
const closers: (() => void)[] = [];

beforeAll(async () => {
  appliance = await startAppliance({
    config: {
      proxy: {
        inspect: { passthrough: ['pinned.localhost'] },
        upstream: {
          hosts: [
            { host: 'mutual.localhost', clientCertificate: true },
            { host: 'lenient.localhost', onUntrusted: 'passthrough' },
            { host: 'strict.localhost', onUntrusted: 'block' },
          ],
        },
      },
    },
  });
  ca = readFileSync(appliance.caFile);
});
afterAll(async () => {
  for (const close of closers) close();
  await appliance?.stop();
});

const mcp = statelessServer('tunnelled');
const hello: RequestListener = (incoming, outgoing) => {
  incoming.resume();
  outgoing.end('hello');
};

async function serve(
  name: string,
  options: Parameters<typeof serveTls>[3] = {},
  issuer: Pick<Appliance, 'contextFor'> = appliance,
  listener = mcp,
): Promise<TestServer> {
  const server = await serveTls(issuer, `${name}.localhost`, listener, options);
  closers.push(() => server.close());
  return server;
}

/** Servers whose certificates come from an authority that nobody trusts. */
async function strangers(): Promise<Pick<Appliance, 'contextFor'> & { ca: string }> {
  const authority = await openCa({ dir: join(appliance.dir, 'strangers') });
  const issuer = createLeafIssuer(authority);
  return { contextFor: (host) => issuer.secureContextFor({ host }), ca: authority.certificate.toString() };
}

async function listen(server: Server | Http2Server | Http2SecureServer, address = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A request through a tunnel to `target` with TLS for `servername`, naming `host`. */
async function ask(
  target: string,
  request: HttpRequest,
  options: { servername?: string; host?: string } = {},
): Promise<HttpAnswer> {
  const { servername = new URL(`https://${target}`).hostname, host = target } = options;
  return requestHttp1(await openTls(appliance.proxyUrl, target, { ca, servername }), host, request);
}

const hostOf = (server: TestServer) => new URL(server.origin).host;

/** The one event that `fits`, once it is stored. */
async function stored(fits: (event: StoredEvent) => boolean): Promise<StoredEvent> {
  const events = await appliance.events((all) => all.some(fits));
  return events.find(fits)!;
}

describe('TLS that is not opened', () => {
  test('a host on the passthrough list keeps its own certificate', async () => {
    const server = await serve('pinned', {}, appliance, hello);
    const own = readFileSync(join(appliance.serversCaDir, 'ca.pem'));
    const tls = await openTls(appliance.proxyUrl, hostOf(server), { ca: own });
    expect((await requestHttp1(tls, hostOf(server), INITIALIZE)).body).toBe('hello');
    const event = await stored(({ dst_host }) => dst_host === 'pinned.localhost');
    expect(event).toMatchObject({
      inspected: 'passthrough',
      traffic: 'none',
      disposition: 'allowed',
      sni: 'pinned.localhost',
      http_method: 'CONNECT',
    });
    expect(event.resp_bytes).toBeGreaterThan(100);
  });

  test('a server that asks for a client certificate gets it, where the configuration says so, and else the error says what to set', async () => {
    const authority = await openCa({ dir: appliance.serversCaDir });
    const trusted = authority.certificate.toString();
    const start = async (name: string, http2 = false) => {
      const pair = await keyPairFor(authority, `${name}.localhost`);
      const tls = { ...pair, ca: trusted, requestCert: true, rejectUnauthorized: true };
      const answer: RequestListener = (incoming, outgoing) => {
        incoming.resume();
        outgoing.end((incoming.socket as TLSSocket).getPeerCertificate().subject.CN);
      };
      const server = http2 ? createSecureServer(tls) : createHttpsServer(tls, answer);
      server.on('secureConnection', (socket) => socket.on('error', () => undefined));
      return `${name}.localhost:${await listen(server)}`;
    };
    const [mutual, unknown, unknown2] = [await start('mutual'), await start('unlisted'), await start('unlisted-h2', true)];
    const client = await keyPairFor(authority, 'build-agent');
    const tls = await openTls(appliance.proxyUrl, mutual, { ca: trusted, ...client });
    expect((await requestHttp1(tls, mutual, {})).body).toBe('build-agent');
    const wanted = /asks for a client certificate.*clientCertificate: true/;
    expect(await ask(unknown, {})).toMatchObject({ status: 502, body: expect.stringMatching(wanted) });
    const h2 = await openTls(appliance.proxyUrl, unknown2, { ca, ALPNProtocols: ['h2', 'http/1.1'] });
    expect(h2.alpnProtocol).toBe('h2');
    const refused = await requestHttp2(h2, `https://${unknown2}`, { ':path': '/' }, '');
    expect(refused).toMatchObject({ status: 502, text: expect.stringMatching(wanted) });
  });
});

describe('a server that cannot be trusted', () => {
  test('is not talked to: a browser gets a page, an MCP client a JSON-RPC error, both with the reason', async () => {
    const server = await serve('stranger', {}, await strangers());
    const page = await ask(hostOf(server), BROWSER);
    expect(page).toMatchObject({ status: 502, head: expect.stringMatching(/content-type: text\/html/i) });
    expect(page.body).toMatch(/its authority is not trusted here\..*proxy\.upstream/);
    const rpc = await ask(hostOf(server), INITIALIZE);
    expect(rpc.status).toBe(200);
    expect(JSON.parse(rpc.body)).toMatchObject({
      id: 1,
      error: { code: -32051, message: expect.stringMatching(/not trusted here.*Event id [0-9a-f-]{36}/) },
    });
    expect(server.requests).toEqual([]);
    const event = await stored(({ dst_host, http_method }) => dst_host === 'stranger.localhost' && http_method === 'POST');
    expect(event).toMatchObject({ disposition: 'failed', error: expect.stringMatching(/^ERR_UPSTREAM_TLS: /) });
  });

  test('is named for what is wrong: another name, or an expired certificate', async () => {
    const authority = await openCa({ dir: appliance.serversCaDir });
    const other = await serve('named', {}, { contextFor: () => appliance.contextFor('someone-else.localhost') });
    const expired = await keyPairFor(authority, 'expired.localhost', Date.now() - 60_000);
    const old = `expired.localhost:${await listen(createHttpsServer(expired))}`;
    expect((await ask(hostOf(other), {})).body).toContain('Its certificate is for another name.');
    expect((await ask(old, {})).body).toContain('Its certificate has expired.');
  });

  test('may be passed through or refused as policy, host by host', async () => {
    const unknown = await strangers();
    const [lenient, strict] = [await serve('lenient', {}, unknown, hello), await serve('strict', {}, unknown)];
    const tls = await openTls(appliance.proxyUrl, hostOf(lenient), { ca: unknown.ca });
    expect((await requestHttp1(tls, hostOf(lenient), INITIALIZE)).body).toBe('hello');
    const refused = await ask(hostOf(strict), {});
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('Policy for this host is to block.');
    expect(strict.requests).toEqual([]);
  });
});

describe('names that disagree', () => {
  test('another name in the TLS handshake than in CONNECT is answered 421, and leaves an event', async () => {
    const [one, other] = [await serve('one'), await serve('other')];
    const answer = await ask(hostOf(one), INITIALIZE, { servername: 'other.localhost', host: hostOf(other) });
    // The JSON-RPC client reads the error; everybody else gets the status.
    expect(JSON.parse(answer.body).error.message).toMatch(
      /asks for other\.localhost, but the tunnel was opened for one\.localhost/,
    );
    expect((await ask(hostOf(one), {}, { servername: 'other.localhost' })).status).toBe(421);
    expect([one.requests, other.requests]).toEqual([[], []]);
    const event = await stored(({ sni }) => sni === 'other.localhost');
    expect(event).toMatchObject({
      dst_host: 'one.localhost',
      disposition: 'failed',
      error: expect.stringMatching(/^ERR_MISDIRECTED: /),
    });
  });

  test('another Host or :authority than the tunnel is answered 421', async () => {
    const [one, other] = [await serve('front', { http2: true }), await serve('hidden')];
    const answer = await ask(hostOf(one), {}, { host: hostOf(other) });
    expect(answer.status).toBe(421);
    expect(answer.body).toContain('Daylight never forwards to another host than the tunnel');
    const tls = await openTls(appliance.proxyUrl, hostOf(one), { ca, ALPNProtocols: ['h2'] });
    const h2 = await requestHttp2(tls, one.origin, { ':path': '/', ':authority': hostOf(other) }, '');
    expect(h2.status).toBe(421);
    expect([one.requests, other.requests]).toEqual([[], []]);
  });

  test('spellings of the same name agree', async () => {
    const server = await serve('spelt');
    for (const host of [`SPELT.Localhost:${server.port}`, `spelt.localhost.:${server.port}`]) {
      expect((await ask(hostOf(server), INITIALIZE, { host })).body).toContain('"serverInfo"');
    }
    expect((await ask(`Spelt.LOCALHOST.:${server.port}`, INITIALIZE, { servername: 'spelt.localhost' })).body).toContain(
      '"serverInfo"',
    );
  });

  test('CONNECT to an address keeps the address, and the certificate must hold the name that is asked for', async () => {
    const server = await serve('addressed');
    const target = `127.0.0.1:${server.port}`;
    const host = hostOf(server);
    expect((await ask(target, INITIALIZE, { servername: 'addressed.localhost', host })).body).toContain('"serverInfo"');
    const lying = await ask(target, {}, { servername: 'unrelated.localhost', host: `unrelated.localhost:${server.port}` });
    expect(lying).toMatchObject({ status: 502, body: expect.stringContaining('another name') });
    expect(server.requests).toHaveLength(1);
  });

  test.skipIf(!ipv6)('CONNECT to an IPv6 address without a server name is verified for the address', async () => {
    const server = await serve('six', { address: '::1', extraSans: ['::1'] }, { contextFor: () => appliance.contextFor('::1') });
    // The server chooses its certificate by name; without one it needs a certificate of its own.
    server.server.setSecureContext(await keyPairFor(await openCa({ dir: appliance.serversCaDir }), '::1'));
    const target = `[::1]:${server.port}`;
    const tls = await openTls(appliance.proxyUrl, target, { ca, servername: '', checkServerIdentity: () => undefined });
    expect(tls.getPeerCertificate().subjectaltname).toBe('IP Address:0:0:0:0:0:0:0:1');
    expect((await requestHttp1(tls, target, INITIALIZE)).body).toContain('"serverInfo"');
  });
});

describe('where no tunnel leads', () => {
  test.each(['10.1.2.3:443', '169.254.169.254:80', '[fe80::1]:443', '[::ffff:192.168.7.7]:443', '0.0.0.0:8080', '[fd00::5]:443'])(
    'the private address %s is refused, by CONNECT and in absolute form',
    async (target) => {
      const { status, socket } = await openTunnel(appliance.proxyUrl, target);
      const body = await readAll(socket);
      expect(status, body).toBe(403);
      expect(body).toMatch(/allowPrivate/);
      const plain = await throughProxy(`http://${target}/latest/meta-data/`);
      expect(plain.status).toBe(403);
      expect(plain.body).toMatch(/allowPrivate/);
    },
  );

  test('a port that is not listed is refused, by CONNECT and in absolute form', async () => {
    const { status, socket } = await openTunnel(appliance.proxyUrl, 'mail.localhost:25');
    const body = await readAll(socket);
    expect(status).toBe(403);
    expect(body).toMatch(/25/);
    expect((await throughProxy('http://mail.localhost:22/')).status).toBe(403);
    const event = await stored(({ dst_host, dst_port }) => dst_host === 'mail.localhost' && dst_port === 25);
    expect(event).toMatchObject({ disposition: 'failed', error: expect.stringMatching(/^ERR_PORT_REFUSED: /) });
  });

  test('a server that is not there is named in the answer', async () => {
    const gone = createTcpServer();
    const port = await listen(gone);
    gone.close();
    const answer = await ask(`gone.localhost:${port}`, BROWSER);
    expect(answer).toMatchObject({ status: 502, body: expect.stringContaining(`No connection to gone.localhost:${port}`) });
  });
});

/** An absolute-form request to the proxy itself. */
async function throughProxy(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  const { hostname, port } = new URL(appliance.proxyUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  return requestHttp1(socket, new URL(url).host, { ...request, path: url });
}

describe('what is not TLS', () => {
  test('plain http:// is read in absolute form, and in a tunnel, as Node and others send it', async () => {
    const port = await listen(createHttpServer(mcp));
    const [absolute, tunnelled] = [`plain.localhost:${port}`, `tunnelled.localhost:${port}`];
    expect((await throughProxy(`http://${absolute}/mcp`, INITIALIZE)).body).toContain('"serverInfo"');
    const { socket } = await openTunnel(appliance.proxyUrl, tunnelled);
    expect((await requestHttp1(socket, tunnelled, INITIALIZE)).body).toContain('"serverInfo"');
    const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, proxyTunnel: true });
    const { method, headers, body } = INITIALIZE;
    const answer = await undiciFetch(`http://fetched.localhost:${port}/mcp`, {
      method: method!,
      headers: headers!,
      body: body!,
      dispatcher,
    });
    expect(await answer.text()).toContain('"serverInfo"');
    await dispatcher.destroy();
    for (const host of ['plain.localhost', 'tunnelled.localhost', 'fetched.localhost']) {
      const event = await stored(({ dst_host }) => dst_host === host);
      expect(event).toMatchObject({
        traffic: 'shadow',
        url: `http://${host}:${port}/mcp`,
        mcp_client_name: 'tunnel-test',
        sni: '',
      });
    }
  });

  test('h2c in a tunnel is read', async () => {
    const port = await listen(createH2cServer((incoming, outgoing) => mcp(incoming as never, outgoing as never)));
    const target = `h2c.localhost:${port}`;
    const { socket } = await openTunnel(appliance.proxyUrl, target);
    const { headers, body } = INITIALIZE;
    const lower = Object.fromEntries(Object.entries(headers!).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await requestHttp2(socket, `http://${target}`, { ':path': '/mcp', ...lower }, body!);
    expect(answer.text).toContain('"serverInfo"');
    const event = await stored(({ dst_host }) => dst_host === 'h2c.localhost');
    expect(event).toMatchObject({ traffic: 'shadow', http_version: '2', mcp_method: 'initialize', url: `http://${target}/mcp` });
  });

  test('a protocol whose server speaks first, and one that is not HTTP, pass and are recorded as not read', async () => {
    const banner = createTcpServer((socket) => {
      socket.write('220 mail.example ESMTP\r\n');
      socket.on('data', (chunk: Buffer) => socket.end(`250 ${chunk}`));
    });
    const binary = createTcpServer((socket) => socket.once('data', (chunk: Buffer) => socket.end(chunk.reverse())));
    const [first, second] = [`smtp.localhost:${await listen(banner)}`, `binary.localhost:${await listen(binary)}`];

    const smtp = (await openTunnel(appliance.proxyUrl, first)).socket;
    smtp.resume();
    const [greeting] = (await within('the greeting', once(smtp, 'data'))) as [Buffer];
    expect(greeting.toString()).toBe('220 mail.example ESMTP\r\n');
    smtp.write('EHLO me\r\n');
    expect(await readAll(smtp)).toBe('250 EHLO me\r\n');

    const raw = (await openTunnel(appliance.proxyUrl, second)).socket;
    raw.write(Buffer.from([0, 1, 2, 0xff]));
    expect(await readAll(raw)).toBe('\xff\x02\x01\x00');
    for (const host of ['smtp.localhost', 'binary.localhost']) {
      expect(await stored(({ dst_host }) => dst_host === host)).toMatchObject({
        inspected: 'opaque',
        traffic: 'none',
        disposition: 'allowed',
      });
    }
  });

  test('a client that does not trust the CA leaves an event that says so', async () => {
    const server = await serve('distrust');
    const refused = openTls(appliance.proxyUrl, hostOf(server), { ca: readFileSync(join(appliance.serversCaDir, 'ca.pem')) });
    await expect(refused).rejects.toThrow(/certificate/);
    const event = await stored(({ dst_host }) => dst_host === 'distrust.localhost');
    expect(event).toMatchObject({
      disposition: 'failed',
      error: expect.stringMatching(/^ERR_CLIENT_TLS: .*not trust the CA of this appliance/),
    });
  });

  test('a tunnel that holds garbage where TLS should be ends, is recorded, and harms nobody', async () => {
    const { socket } = await openTunnel(appliance.proxyUrl, 'garbage.localhost:9443');
    socket.write(Buffer.from('1603010005ffffffffff', 'hex'));
    expect(await readAll(socket)).toBe('');
    const event = await stored(({ dst_host }) => dst_host === 'garbage.localhost');
    expect(event).toMatchObject({ disposition: 'failed', error: expect.stringMatching(/ClientHello/) });
    await until(
      async () => appliance.log(),
      (log) => !log.includes('a proxy worker died'),
      100,
    );
  });
});
