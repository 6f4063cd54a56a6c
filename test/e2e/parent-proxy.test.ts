// Requests that leave through another proxy: a real second Daylight as the parent, and hand-written ones for what real ones do when
// they refuse. The client, the recognition and the verification of certificates are those of the first.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { end, run, until } from './appliance.ts';
import { failed, sdk2 } from './clients/mcp-clients.ts';
import { dispatcherFor, fetchBy, portOf, relayTo } from './doors.ts';
import {
  dialProxy,
  dropClients,
  eventually,
  openTls,
  openTunnel,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
  type Wire,
} from './proxy.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const started: { stop(): Promise<void> }[] = [];

async function daylight(options: TestProxyOptions): Promise<TestProxy> {
  const proxy = await startTestProxy(options);
  started.push(proxy);
  return proxy;
}

/** A proxy by whose rules an answer is given to everything. */
async function parentThatSays(
  answer: string | ((request: string, wire: Wire) => void),
): Promise<{ port: number; requests: string[]; stop(): Promise<void> }> {
  const requests: string[] = [];
  const server = await serveRaw(
    (wire) => {
      wire.until('\r\n\r\n').then(
        (request) => {
          requests.push(request);
          if (typeof answer === 'string') wire.send(answer);
          else answer(request, wire);
        },
        () => undefined,
      );
    },
    { host: 'localhost' },
  );
  const parent = { port: server.port, requests, stop: async () => void (await server.close()) };
  started.push(parent);
  return parent;
}

afterEach(async () => {
  dropClients();
  for (const each of started.splice(0).reverse()) await each.stop();
});

/** A proxy that lets everybody with this name and password through to `target`, whatever they ask for. */
async function parentTo(target: () => number, credentials = ''): Promise<Awaited<ReturnType<typeof parentThatSays>>> {
  return parentThatSays((request, wire) => {
    const wanted = `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
    if (credentials !== '' && !request.includes(wanted)) {
      wire.send('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = connectTcp({ host: '127.0.0.1', port: target() });
    onward.on('error', () => wire.destroy());
    wire.socket.on('close', () => onward.destroy());
    if (request.startsWith('CONNECT ')) wire.send('HTTP/1.1 200 OK\r\nVia: 1.1 parent\r\n\r\n');
    else onward.write(request, 'latin1');
    onward.pipe(wire.socket);
    wire.socket.pipe(onward);
  });
}

const url = (port: number, scheme = 'http') => `${scheme}://localhost:${port}`;

describe('through a second Daylight', () => {
  let parent: TestProxy;
  let server: TestServer;

  beforeAll(async () => {
    parent = await startTestProxy({ proxy: { tls: { listen: '127.0.0.1:0', names: ['localhost'] } } });
    server = await serveTls(parent, 'mcp.localhost', sessionServer('session-echo', { json: true }));
  });
  afterAll(async () => {
    server?.close();
    await parent?.stop();
  });

  it.each(['http', 'https'] as const)(
    'an MCP client is served, recognised and blocked, with the parent reached over %s',
    async (scheme) => {
      const caFile = join(parent.dir, 'certs/ca.pem');
      const port = scheme === 'http' ? parent.port : portOf(parent, 'tls');
      const child = await daylight({
        shadow: 'block',
        upstream: { ca: [caFile], proxy: { url: url(port, scheme), ca: [caFile] } },
      });
      const dispatcher = dispatcherFor('proxy', { port: child.port, ca: child.ca });
      const context = { fetch: fetchBy(dispatcher) };
      try {
        expect((await sdk2(`${server.origin}/mcp`, context).catch(failed)).text).toContain('Blocked by Daylight');
        child.approve([{ url: `${server.origin}/` }]);
        expect(await sdk2(`${server.origin}/mcp`, context)).toMatchObject({
          ok: true,
          server: 'session-echo',
          text: 'echo: hello',
        });
      } finally {
        await dispatcher.destroy();
      }
      expect(child.events.find(({ disposition }) => disposition === 'allowed')).toMatchObject({
        dst_host: 'mcp.localhost',
        dst_ip: '',
      });
      expect(parent.events.some(({ mcp_method }) => mcp_method === 'initialize')).toBe(true);
    },
  );

  it('a certificate that the parent was content with is still verified', async () => {
    // The parent signs what it shows; its CA is not trusted here.
    const child = await daylight({ upstream: { proxy: { url: url(parent.port) } } });
    const wire = await openTls(child, `mcp.localhost:${server.port}`);
    wire.send(`GET / HTTP/1.1\r\nHost: mcp.localhost:${server.port}\r\n\r\n`);
    expect(await wire.until('not trusted here')).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('what lies in the tunnel and is no HTTP passes as well', async () => {
    const ssh = await serveRaw((wire) => void wire.send('SSH-2.0-test\r\n'));
    const child = await daylight({ upstream: { proxy: { url: url(parent.port) } } });
    const wire = await openTunnel(child, ssh.authority);
    await wire.until('SSH-2.0-test');
    ssh.close();
  });
});

describe.runIf(existsSync('/usr/lib/squid/basic_ncsa_auth'))('through a real Squid with Basic authentication', () => {
  let squid: ChildProcess;
  let port = 0;
  let dir = '';

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'daylight-squid-'));
    chmodSync(dir, 0o755);
    const held = await relayTo();
    held.close();
    port = held.port;
    // Squid gives up root, and reads the passwords when it has.
    writeFileSync(join(dir, 'users'), `daylight:${(await run('openssl', ['passwd', '-apr1', 's3cret'])).stdout}`, {
      mode: 0o644,
    });
    const lines = [
      `http_port 127.0.0.1:${port}`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${join(dir, 'users')}`,
      'acl known proxy_auth REQUIRED',
      'acl far dstdomain forbidden.localhost',
      'http_access deny far',
      'http_access allow known',
      'http_access deny all',
      'cache deny all',
      'cache_log /dev/null',
      'access_log none',
      'pid_filename none',
      'shutdown_lifetime 0 seconds',
      'dns_nameservers 127.0.0.1',
      'hosts_file /etc/hosts',
    ];
    writeFileSync(join(dir, 'squid.conf'), `${lines.join('\n')}\n`);
    squid = spawn('squid', ['-N', '-f', join(dir, 'squid.conf')], { stdio: 'ignore', cwd: dir });
    await until(() => reachable(port), Boolean, 20_000);
  });
  afterAll(async () => {
    if (squid) await end(squid);
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  const through = (password: string) =>
    daylight({ upstream: { proxy: { url: url(port), username: 'daylight', password, bypass: [] } } });

  it('plain requests and TLS pass, refusals are explained', async () => {
    const child = await through('s3cret');
    const origin = createServer((incoming, answer) => answer.end(`path ${incoming.url}, via ${incoming.headers.via}`));
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');
    const plain = `localhost:${(origin.address() as AddressInfo).port}`;
    const wire = dialProxy(child);
    for (const path of ['/one', '/two']) {
      wire.send(`GET http://${plain}${path} HTTP/1.1\r\nHost: ${plain}\r\n\r\n`);
      await wire.until(new RegExp(`path ${path}, via 1\\.1 daylight-`));
    }
    const server = await serveTls(child, 'localhost', (_incoming, answer) => answer.end('by TLS'));
    const tls = await openTls(child, `localhost:${server.port}`);
    await tls.send(`GET / HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`).until('by TLS');
    const forbidden = await openTls(child, 'forbidden.localhost:443');
    await forbidden
      .send('GET / HTTP/1.1\r\nHost: forbidden.localhost\r\n\r\n')
      .until('does not allow connections to forbidden.localhost:443 (403');
    const stranger = await through('wrong');
    const refused = await openTls(stranger, `localhost:${server.port}`);
    await refused
      .send(`GET / HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`)
      .until('does not accept the name and the password');
    await dialProxy(stranger)
      .send(`GET http://${plain}/ HTTP/1.1\r\nHost: ${plain}\r\n\r\n`)
      .until('does not accept the name and the password');
    server.close();
    origin.close();
    origin.closeAllConnections();
  });
});

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: '127.0.0.1', port }, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

describe('what the parent is asked', () => {
  it('is plain requests in absolute-form with its credentials, which the server never gets unless the parent hands them on', async () => {
    const origin = createServer((incoming, answer) =>
      answer.end(JSON.stringify([incoming.method, incoming.url, incoming.headers.host])),
    );
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');
    const parent = await parentTo(() => (origin.address() as AddressInfo).port, 'daylight:s3cret:pass');
    const child = await daylight({
      upstream: { proxy: { url: url(parent.port), username: 'daylight', password: 's3cret:pass' } },
    });
    const wire = dialProxy(child);
    for (const path of ['/one', '/two']) {
      wire.send(
        `GET http://only-parent.example${path} HTTP/1.1\r\nHost: only-parent.example\r\nProxy-Connection: keep-alive\r\n\r\n`,
      );
      await wire.until(`["GET","http://only-parent.example${path}","only-parent.example"]`);
    }
    expect(parent.requests).toHaveLength(1);
    expect(parent.requests[0]).toContain('GET http://only-parent.example/one HTTP/1.1\r\nHost: only-parent.example\r\n');
    expect(parent.requests[0]).not.toContain('Proxy-Connection');
    expect(parent.requests[0]).toMatch(/\r\nVia: 1\.1 daylight-[0-9a-f]{16}\r\n/);
    wire.send('OPTIONS http://only-parent.example:8080 HTTP/1.1\r\nHost: x\r\n\r\n');
    await wire.until('http://only-parent.example:8080/');
    expect(JSON.stringify(child.events) + child.log()).not.toMatch(/s3cret|czNjcmV0/);
    origin.close();
    origin.closeAllConnections();
  });

  it('is CONNECT with its credentials for TLS and for WebSockets in clear, and it resolves the names', async () => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
    const parent = await parentTo(() => (sockets.address() as AddressInfo).port, 'a:b');
    const child = await daylight({ upstream: { proxy: { url: url(parent.port), username: 'a', password: 'b' } } });
    const wire = dialProxy(child);
    wire.send(
      'GET http://only-parent.example/ws HTTP/1.1\r\nHost: only-parent.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await wire.until('101 Switching Protocols');
    expect(parent.requests[0]).toMatch(/^CONNECT only-parent\.example:80 HTTP\/1\.1\r\nHost: only-parent\.example:80\r\n/);
    await openTls(child, 'tls.only-parent.example:443').then((tls) => tls.destroy());
    expect(parent.requests[1]).toMatch(/^CONNECT tls\.only-parent\.example:443 /);
    wire.destroy();
    sockets.close();
  });

  it('is nothing for hosts of the bypass list, which are resolved and judged here', async () => {
    const parent = await parentThatSays('HTTP/1.1 403 Forbidden\r\n\r\n');
    const origin = await serveRaw(
      (wire) => void wire.until('\r\n\r\n').then(() => wire.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect')),
      {
        host: 'near.localhost',
      },
    );
    const child = await daylight({
      upstream: { proxy: { url: url(parent.port), bypass: ['*.localhost', '127.0.0.2/32', '::1'] } },
    });
    await dialProxy(child).send(`GET http://${origin.authority}/ HTTP/1.1\r\nHost: x\r\n\r\n`).until('direct');
    await dialProxy(child).send(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`).until('403 Forbidden');
    expect(parent.requests).toHaveLength(1);
    origin.close();
  });

  it('is nothing for addresses that may not be reached, and for this machine', async () => {
    const parent = await parentThatSays('HTTP/1.1 200 OK\r\n\r\n');
    const child = await daylight({ upstream: { allowPrivate: [], proxy: { url: url(parent.port) } } });
    for (const host of ['10.0.0.1', '169.254.169.254', '[::1]', 'localhost', 'x.localhost', '[::ffff:10.0.0.1]']) {
      expect(await dialProxy(child).send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`).until('\r\n\r\n')).toMatch(
        /^HTTP\/1\.1 403 /,
      );
      expect(await dialProxy(child).send(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`).until('\r\n\r\n')).toMatch(
        /^HTTP\/1\.1 (403|502) /,
      );
    }
    expect(parent.requests).toHaveLength(0);
  });
});

describe('a parent that does not do what it is asked', () => {
  const cases: [name: string, answer: string, message: RegExp][] = [
    [
      'asks for a password',
      'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      /The parent proxy http:\/\/localhost:\d+ does not accept the name/,
    ],
    [
      'forbids',
      'HTTP/1.1 403 Forbidden by policy\r\n\r\n<html>',
      /does not allow connections to far\.example:443 \(403 Forbidden by policy\)/,
    ],
    ['cannot connect', 'HTTP/1.1 503 Service Unavailable\r\n\r\n', /could not connect to far\.example:443 \(503/],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /its answer to CONNECT is malformed/],
    ['never ends its answer', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(17_000)}`, /longer than 16384/],
    ['says nothing', '', /is not complete after 400 ms/],
  ];

  it.each(cases)('%s', async (_name, answer, message) => {
    const parent = await parentThatSays(answer);
    const child = await daylight({
      proxy: { timeouts: { connect: 400, drain: 100 } },
      upstream: { proxy: { url: url(parent.port), username: 'daylight', password: 'hunter2' } },
    });
    const wire = await openTls(child, 'far.example:443');
    wire.send('GET / HTTP/1.1\r\nHost: far.example\r\n\r\n');
    const told = await wire.until(message);
    expect(told).toMatch(/^HTTP\/1\.1 50[24] /);
    await child.event(({ error }) => message.test(error));
    expect(told + JSON.stringify(child.events) + child.log()).not.toMatch(/hunter2|ZGF5bGlnaHQ6aHVudGVyMg/);
  });

  it('is not there', async () => {
    const parent = await parentThatSays('');
    await parent.stop();
    const child = await daylight({ upstream: { proxy: { url: url(parent.port) } } });
    const wire = await openTls(child, 'far.example:443');
    await wire
      .send('GET / HTTP/1.1\r\nHost: far.example\r\n\r\n')
      .until(/The parent proxy http:\/\/localhost:\d+ cannot be used/);
  });

  it('asks for a password in the answer to a plain request: the client never sees a 407 that is not for it', async () => {
    const parent = await parentThatSays(
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n',
    );
    const child = await daylight({ upstream: { proxy: { url: url(parent.port) } } });
    const told = await dialProxy(child)
      .send('GET http://far.example/ HTTP/1.1\r\nHost: far.example\r\n\r\n')
      .until('asks for a name and a password');
    expect(told).toMatch(/^HTTP\/1\.1 502 /);
    expect(told).not.toContain('Proxy-Authenticate');
  });

  it('sends back to Daylight what Daylight sends to it', async () => {
    const circle = await relayTo();
    started.push({ stop: async () => circle.close() });
    const child = await daylight({ upstream: { proxy: { url: url(circle.port) } } });
    circle.target = child.port;
    const plain = await dialProxy(child).send('GET http://far.example/ HTTP/1.1\r\nHost: far.example\r\n\r\n').until('\r\n\r\n');
    expect(plain).toMatch(/^HTTP\/1\.1 508 /);
    const wire = await openTls(child, 'far.example:443');
    await wire.send('GET / HTTP/1.1\r\nHost: far.example\r\n\r\n').until('(508 Loop Detected)');
    await eventually('the reason', () => child.events.some(({ error }) => error.startsWith('ERR_LOOP')));
  });
});

it('a file with a password must be for the owner alone', async () => {
  const proxy = await daylight({});
  const file = join(proxy.dir, 'secret');
  writeFileSync(file, 'pw\n', { mode: 0o644 });
  const start = () => startTestProxy({ upstream: { proxy: { url: 'http://localhost:1', username: 'a', passwordFile: file } } });
  await expect(start()).rejects.toThrow(/mode 644.*chmod 600/);
});
