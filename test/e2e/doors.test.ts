// The other ways into the proxy, with real clients: the proxy inside TLS, redirected traffic, SOCKS 5. What comes in by any of them
// is recognised and blocked like what comes in by the proxy's own port, and the same places are out of reach.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlaceName } from '../../src/proxy/places.ts';
import { run, within } from './appliance.ts';
import { failed, sdk2 } from './clients/mcp-clients.ts';
import { type Authority, clientAuthority, dispatcherFor, fetchBy, portOf, type Relay, relayTo } from './doors.ts';
import { eventually, startTestProxy, type TestProxy, Wire } from './proxy.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const HOST = 'mcp.localhost';
const hasCurl = spawnSync('curl', ['--version']).status === 0;

let proxy: TestProxy;
let server: TestServer;
let way: Relay;
let clear: Relay;

function wireTo(name: PlaceName, localAddress = '127.0.0.1'): Wire {
  return new Wire(connectTcp({ host: '127.0.0.1', port: portOf(proxy, name), localAddress, allowHalfOpen: true }));
}

async function shake(socket: Socket, servername: string, options: object = {}): Promise<TLSSocket> {
  const inside = connectTls({ socket, ca: proxy.ca, ...(servername === '' ? {} : { servername }), ...options });
  await within('a TLS handshake', once(inside, 'secureConnect'));
  return inside;
}

/** The bytes of a ClientHello. */
async function helloFor(servername: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const carrier = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
  const client = connectTls({ socket: carrier, ...(servername === '' ? {} : { servername }) });
  client.on('error', () => undefined);
  const hello = await promise;
  client.destroy();
  return hello;
}

beforeAll(async () => {
  way = await relayTo();
  clear = await relayTo();
  proxy = await startTestProxy({
    shadow: 'block',
    proxy: {
      tls: { listen: '127.0.0.1:0', names: ['localhost', '127.0.0.1'] },
      socks: { listen: '127.0.0.1:0' },
      transparent: { listen: '127.0.0.1:0', port: way.port, http: { listen: '127.0.0.1:0', port: clear.port } },
      clients: ['127.0.0.0/8'],
      timeouts: { header: 600, handshake: 800, drain: 200 },
    },
  });
  server = await serveTls(proxy, HOST, sessionServer('session-echo', { json: true }));
  way.target = server.port;
});

afterAll(async () => {
  server?.close();
  way?.close();
  clear?.close();
  await proxy?.stop();
});

describe('an MCP client', () => {
  const doors: PlaceName[] = ['proxy', 'tls', 'socks', 'transparent'];

  it.each(doors)('is recognised and blocked when it comes in by the door: %s', async (door) => {
    const dispatcher = dispatcherFor(door, { port: portOf(proxy, door), ca: proxy.ca });
    const url = `https://${HOST}:${way.port}/mcp?${door}`;
    try {
      const told = await sdk2(url, { fetch: fetchBy(dispatcher) }).catch(failed);
      expect(told.text).toMatch(/Blocked by Daylight/);
    } finally {
      await dispatcher.destroy();
    }
    const event = await proxy.event(({ url: seen }) => seen.includes(`/mcp?${door}`));
    expect(event).toMatchObject({ traffic: 'shadow', disposition: 'blocked', src_ip: expect.stringContaining('127.0.0.1') });
  });

  it('is blocked in redirected HTTP in clear, too', async () => {
    const dispatcher = dispatcherFor('transparentHttp', { port: portOf(proxy, 'transparentHttp'), ca: proxy.ca });
    const told = await sdk2(`http://${HOST}:${clear.port}/mcp?clear`, { fetch: fetchBy(dispatcher) }).catch(failed);
    await dispatcher.destroy();
    expect(told.text).toMatch(/Blocked by Daylight/);
    const event = await proxy.event(({ url }) => url.endsWith('/mcp?clear'));
    expect(event).toMatchObject({ traffic: 'shadow', disposition: 'blocked', dst_host: HOST, dst_port: clear.port });
  });

  it.each(doors)('gets through by the door %s once its server is approved', async (door) => {
    proxy.approve([{ url: `https://${HOST}:${way.port}/` }]);
    const dispatcher = dispatcherFor(door, { port: portOf(proxy, door), ca: proxy.ca });
    try {
      const told = await sdk2(`https://${HOST}:${way.port}/mcp`, { fetch: fetchBy(dispatcher) });
      expect(told).toMatchObject({ ok: true, server: 'session-echo', text: 'echo: hello' });
    } finally {
      await dispatcher.destroy();
      proxy.approve([]);
    }
  });
});

describe('the TLS door', () => {
  it('speaks HTTP/1.1 alone, and says so', async () => {
    const inside = await shake(wireTo('tls').socket, 'localhost', { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(inside.alpnProtocol).toBe('http/1.1');
    expect(inside.getPeerX509Certificate()?.subjectAltName).toContain('DNS:localhost');
    inside.destroy();
    await expect(shake(wireTo('tls').socket, 'localhost', { ALPNProtocols: ['h2'] })).rejects.toThrow(
      /alert|closed|disconnected/,
    );
  });

  it('tells a client that speaks HTTP in clear what it wants, and leaves others without a word', async () => {
    const wire = wireTo('tls').send('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n');
    expect(await wire.until('https://')).toMatch(/^HTTP\/1\.1 400 /);
    await wireTo('tls').send('\x05\x01\x00').over();
    await wireTo('tls').send(Buffer.from('160301000501ffffffff', 'hex')).over();
    expect(proxy.log()).toContain('the TLS handshake with the proxy failed');
  });

  it('is bounded in time, whether nothing comes or half a handshake', async () => {
    await wireTo('tls').over();
    await wireTo('tls').send(Buffer.from('1603010100', 'hex')).over();
    const silent = wireTo('tls').send(await helloFor('localhost'));
    await silent.over();
    expect(silent.bytes).toBeGreaterThan(0);
  });

  it.runIf(hasCurl)('serves curl, to servers in clear and in TLS', async () => {
    const caFile = join(proxy.dir, 'certs/ca.pem');
    const fields = [
      '-sS',
      '-i',
      '--max-time',
      '5',
      '--proxy',
      `https://localhost:${portOf(proxy, 'tls')}`,
      '--proxy-cacert',
      caFile,
    ];
    const answered = await run('curl', [...fields, '--cacert', caFile, `https://${HOST}:${way.port}/nothing`]);
    expect(answered.stderr).toBe('');
    expect(answered.stdout).toMatch(/HTTP\/1\.1 (4\d\d|200)/);
    await proxy.event(({ url }) => url.endsWith('/nothing'));
  });
});

describe('client certificates at the TLS door', () => {
  let strict: TestProxy;
  let staff: Authority;

  beforeAll(async () => {
    staff = clientAuthority('Staff CA');
    const caFile = join(proxy.dir, 'staff.pem');
    writeFileSync(caFile, staff.ca);
    strict = await startTestProxy({
      proxy: { tls: { listen: '127.0.0.1:0', names: ['localhost'], clientCa: [caFile], clientCertificate: 'require' } },
    });
  });
  afterAll(() => strict?.stop());

  async function knock(certificate: object): Promise<string> {
    const inside = connectTls({ host: 'localhost', port: portOf(strict, 'tls'), ca: strict.ca, ...certificate });
    await within('a TLS handshake', once(inside, 'secureConnect'));
    const wire = new Wire(inside);
    wire.send('CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n');
    return wire.until('\r\n\r\n');
  }

  it('that are verified let their holders in', async () => {
    // Port 22 is refused, by the proxy itself: this client got that far.
    expect(await knock(staff.issue({ commonName: 'ann', email: 'ann@example.com' }))).toContain('port 22 is not one');
    await strict.event(({ user_id, user_source }) => user_id === 'ann@example.com' && user_source === 'mtls');
  });

  it('that are missing, expired, or of another authority let nobody in, and the client is told', async () => {
    expect(await knock({})).toContain('your client sent no certificate');
    expect(await knock(staff.issue({ commonName: 'ann', expired: true }))).toContain('CERT_HAS_EXPIRED');
    const stranger = clientAuthority('Staff CA');
    expect(await knock(stranger.issue({ commonName: 'ann' }))).toMatch(/^HTTP\/1\.1 403 /);
    expect(strict.log()).toContain('client certificate refused');
  });
});

describe('the door for redirected traffic', () => {
  it('leads where the server name says, under a certificate for it, for HTTP/2 as well', async () => {
    const inside = await shake(wireTo('transparent').socket, HOST, { ALPNProtocols: ['http/1.1'] });
    expect(inside.getPeerX509Certificate()?.subjectAltName).toBe(`DNS:${HOST}`);
    const wire = new Wire(inside).send(`GET /redirected HTTP/1.1\r\nHost: ${HOST}:${way.port}\r\n\r\n`);
    await wire.until('HTTP/1.1 ');
    expect(await proxy.event(({ url }) => url.endsWith('/redirected'))).toMatchObject({ dst_host: HOST, sni: HOST });
    inside.destroy();
  });

  it('refuses a request whose Host is not the server name', async () => {
    const inside = await shake(wireTo('transparent').socket, HOST);
    const wire = new Wire(inside).send(`GET / HTTP/1.1\r\nHost: other.localhost:${way.port}\r\n\r\n`);
    expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    inside.destroy();
  });

  it('records and ends what names no server, is no TLS, or names an address', async () => {
    for (const start of [
      await helloFor(''),
      'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
      'SSH-2.0-OpenSSH_9.6, and as much again\r\n',
    ]) {
      const wire = wireTo('transparent').send(start);
      await wire.over();
      expect(wire.bytes).toBe(0);
    }
    const nameless = await proxy.event(({ error }) => error.includes('names no server'));
    expect(nameless).toMatchObject({ dst_host: 'no-server-name.invalid', disposition: 'failed' });
    await proxy.event(({ error }) => error.includes('begins with not TLS (http1)'));
  });

  it('leads to no place that CONNECT would not lead to, whatever name is forged', async () => {
    const guarded = await startTestProxy({
      upstream: { allowPrivate: [] },
      proxy: { transparent: { listen: '127.0.0.1:0', http: { listen: '127.0.0.1:0' } } },
    });
    const at = (name: PlaceName) => new Wire(connectTcp({ host: '127.0.0.1', port: portOf(guarded, name) }));
    try {
      for (const name of ['localhost', 'metadata.localhost']) {
        const wire = at('transparent').send(await helloFor(name));
        await wire.over();
        expect(wire.bytes).toBe(0);
        await guarded.event(({ error, dst_host }) => dst_host === name && error.startsWith('ERR_ADDRESS_REFUSED'));
      }
      for (const host of ['127.0.0.1', '169.254.169.254', 'localhost', '[::1]'])
        await at('transparentHttp').send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).until('ERR_ADDRESS_REFUSED');
    } finally {
      await guarded.stop();
    }
  });

  it('leads HTTP in clear where Host says, and to no other port', async () => {
    const plain = createHttp((incoming, answer) => answer.end(`for ${incoming.headers.host}`));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    clear.target = (plain.address() as AddressInfo).port;
    const named = `plain.localhost:${clear.port}`;
    const wire = wireTo('transparentHttp').send(`GET /one HTTP/1.1\r\nHost: ${named}\r\n\r\n`);
    await wire.until(`for ${named}`);
    wire.forget();
    wire.send(`GET /two HTTP/1.1\r\nHost: second.localhost:${clear.port}\r\n\r\n`);
    await wire.until('for second.localhost');
    wire.destroy();
    await proxy.event(({ url }) => url === `http://second.localhost:${clear.port}/two`);
    for (const head of [
      'GET / HTTP/1.1\r\nHost: plain.localhost:22',
      'CONNECT plain.localhost:443 HTTP/1.1\r\nHost: plain.localhost:443',
      'GET / HTTP/1.0',
    ])
      expect(await wireTo('transparentHttp').send(`${head}\r\n\r\n`).until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    plain.close();
    plain.closeAllConnections();
  });

  it('sees when its own connections are redirected to it, and ends them', async () => {
    // The port that traffic was sent to leads back to the door, as a redirection that catches the proxy itself would.
    const held = await relayTo();
    held.close();
    const { port } = held;
    const loop = await startTestProxy({ proxy: { transparent: { listen: `127.0.0.1:${port}`, port } } });
    try {
      const inside = await shake(connectTcp({ host: '127.0.0.1', port }), 'round.localhost', { ca: loop.ca });
      const wire = new Wire(inside).send(`GET / HTTP/1.1\r\nHost: round.localhost:${port}\r\n\r\n`);
      expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 502 /);
      await loop.event(({ error }) => error.startsWith('ERR_LOOP'));
      expect(loop.events.length).toBe(2);
    } finally {
      await loop.stop();
    }
  });
});

describe('the SOCKS door', () => {
  it.runIf(hasCurl)('serves curl, which has the name resolved here, and refuses a password that is no token', async () => {
    const caFile = join(proxy.dir, 'certs/ca.pem');
    const ask = (user: string) => {
      const socks = `socks5h://${user}127.0.0.1:${portOf(proxy, 'socks')}`;
      const url = `https://${HOST}:${way.port}/by-socks`;
      return run('curl', ['-sS', '-i', '--max-time', '5', '--proxy', socks, '--cacert', caFile, url]);
    };
    expect(await ask('')).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^HTTP\/1\.1 /) });
    await proxy.event(({ url }) => url.endsWith('/by-socks'));
    expect((await ask('ann:hunter2@')).stderr).toContain('User was rejected');
    expect(JSON.stringify(proxy.events) + proxy.log()).not.toContain('hunter2');
  });

  it('refuses what CONNECT would refuse, and says which', async () => {
    const guarded = await startTestProxy({ upstream: { allowPrivate: [] }, proxy: { socks: { listen: '127.0.0.1:0' } } });
    const replies: [request: string, code: number][] = [
      [`05010001${Buffer.from([127, 0, 0, 1]).toString('hex')}01bb`, 2],
      [`05010001${Buffer.from([169, 254, 169, 254]).toString('hex')}0050`, 2],
      [`050100040000000000000000000000000000000101bb`, 2],
      [`05010003${Buffer.from('\x09localhost').toString('hex')}01bb`, 2],
      [`05010003${Buffer.from('\x09127.0.0.1').toString('hex')}01bb`, 2],
      [`05010003${Buffer.from('\x05127.1').toString('hex')}01bb`, 1],
      [`05010003${Buffer.from('\x07exa mpl').toString('hex')}01bb`, 1],
      [`05010003${Buffer.from('\x0fmissing.invalid').toString('hex')}01bb`, 4],
      ['05010001c00002070016', 2],
      ['05010001c00002070000', 1],
      ['05020001c000020701bb', 7],
      ['05030001c000020701bb', 7],
      ['050100097f00000101bb', 8],
    ];
    try {
      for (const [request, code] of replies) {
        const wire = new Wire(connectTcp({ host: '127.0.0.1', port: portOf(guarded, 'socks') }));
        wire.send(Buffer.from(`050100${request}`, 'hex'));
        await wire.over();
        expect({ request, answer: wire.data.toString('hex') }).toEqual({ request, answer: `0500050${code}0001000000000000` });
      }
      await guarded.event(({ error, dst_host }) => dst_host === '169.254.169.254' && error.startsWith('ERR_ADDRESS_REFUSED'));
    } finally {
      await guarded.stop();
    }
  });

  it('reads its messages in any pieces, and keeps what comes behind them', async () => {
    const wire = wireTo('socks');
    const head = Buffer.concat([
      Buffer.from('050100', 'hex'),
      Buffer.from('05010003', 'hex'),
      Buffer.from([HOST.length]),
      Buffer.from(HOST),
    ]);
    for (const byte of [...head, way.port >> 8, way.port & 0xff]) {
      wire.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the answers', () => wire.bytes === 12);
    const eager = wireTo('socks').send(
      Buffer.concat([head, Buffer.from([way.port >> 8, way.port & 0xff]), await helloFor(HOST)]),
    );
    await eventually('a server hello behind the answers', () => eager.bytes > 100);
    expect(eager.data[12]).toBe(22);
    eager.destroy();
    wire.destroy();
  });

  it('ends clients that are slow, malformed, or leave in the middle', async () => {
    const slow = wireTo('socks').send('\x05');
    for (const start of [
      '\x04\x01\x00\x50',
      'GET / HTTP/1.1\r\n\r\n',
      '\x05\x00',
      '\x05\x01\x00\x06\x01\x00\x01',
      '\x05\x01\x02\x05',
    ]) {
      await wireTo('socks').send(start).over();
    }
    const unknown = wireTo('socks').send('\x05\x02\x01\x80');
    await unknown.over();
    expect(unknown.data.toString('hex')).toBe('05ff');
    wireTo('socks').send('\x05\x01').reset();
    await slow.over();
    await eventually(
      'the reasons',
      () => /SOCKS 4/.test(proxy.log()) && /looks like HTTP/.test(proxy.log()) && /not complete after/.test(proxy.log()),
    );
  });
});

it('no bytes that somebody sends to a door keep it from serving the next', async () => {
  const hello = await helloFor(HOST);
  const starts = [
    Buffer.alloc(0),
    hello,
    Buffer.from('\x05\x01\x00\x05\x01\x00', 'latin1'),
    Buffer.from('GET / HTTP/1.1\r\nHost: '),
  ];
  const doors: PlaceName[] = ['proxy', 'tls', 'socks', 'transparent', 'transparentHttp'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...doors),
      fc.constantFrom(...starts),
      fc.nat(300),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(200),
      async (door, start, kept, rest, cut) => {
        const bytes = Buffer.concat([start.subarray(0, kept), rest]);
        const wire = wireTo(door).send(bytes.subarray(0, cut));
        await new Promise((resolve) => setImmediate(resolve));
        wire.send(bytes.subarray(cut));
        wire.socket.end();
        await Promise.race([wire.over(), new Promise((resolve) => setTimeout(resolve, 5))]);
        wire.destroy();
      },
    ),
    { numRuns: 150 },
  );
  for (const door of ['proxy', 'tls', 'socks', 'transparent'] as const) {
    const dispatcher = dispatcherFor(door, { port: portOf(proxy, door), ca: proxy.ca });
    expect((await fetchBy(dispatcher)(`https://${HOST}:${way.port}/after?${door}`)).status).toBeGreaterThan(199);
    await dispatcher.destroy();
  }
});
