// Load balancers before the proxy: listed ones must say whom they speak for, at every door, and nobody else may.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlaceName } from '../../src/proxy/places.ts';
import { end, run, until, within } from './appliance.ts';
import { failed, sdk2 } from './clients/mcp-clients.ts';
import { dispatcherFor, fetchBy, portOf, type Relay, relayTo } from './doors.ts';
import { eventually, startTestProxy, type TestProxy, Wire } from './proxy.ts';
import { sessionServer } from './servers/session-server.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

const BALANCER = '127.0.0.9';
const V1 = 'PROXY TCP4 10.1.2.3 10.0.0.1 4711 8080\r\n';
const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000c0a0102040a00000112671f90', 'hex');
const REFUSED = 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n';
const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0;
const hasCurl = spawnSync('curl', ['--version']).status === 0;

let proxy: TestProxy;
let server: TestServer;
let way: Relay;

function from(address: string, door: PlaceName = 'proxy'): Wire {
  return new Wire(connectTcp({ host: '127.0.0.1', port: portOf(proxy, door), localAddress: address, allowHalfOpen: true }));
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: '127.0.0.1', port }, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

const last = () => proxy.log().trim().split('\n').slice(-3).join('\n');

beforeAll(async () => {
  way = await relayTo();
  proxy = await startTestProxy({
    shadow: 'block',
    proxy: {
      proxyProtocol: { from: [`${BALANCER}/32`] },
      clients: ['10.0.0.0/8', '127.0.0.0/24', '2001:db8::/32'],
      tls: { listen: '127.0.0.1:0', names: ['localhost'] },
      socks: { listen: '127.0.0.1:0' },
      transparent: { listen: '127.0.0.1:0', port: way.port },
      limits: { connectionsPerClient: 3 },
      timeouts: { header: 500, handshake: 800, drain: 200 },
    },
  });
  server = await serveTls(proxy, 'mcp.localhost', sessionServer('session-echo', { json: true }));
  way.target = server.port;
});

afterAll(async () => {
  server?.close();
  way?.close();
  await proxy?.stop();
});

describe('from a listed address', () => {
  it.each([
    ['version 1', V1, '10.1.2.3', 4711],
    ['version 2', V2, '10.1.2.4', 4711],
    ['version 1, for IPv6', 'PROXY TCP6 2001:db8::77 ::1 5 6\r\n', '2001:db8::77', 5],
  ])('%s names the client that events show', async (_name, header, address, port) => {
    const before = proxy.events.length;
    await from(BALANCER).send(header).send(REFUSED).until('403 ');
    const event = await eventually('an event', () => proxy.events[before]);
    expect(event).toMatchObject({ src_ip: expect.stringContaining(address.replace(/::77$/, '')), src_port: port });
  });

  it('may come in single bytes', async () => {
    for (const header of [Buffer.from(V1), V2]) {
      const wire = from(BALANCER);
      for (const byte of header) {
        wire.send(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      wire.send(REFUSED);
      await wire.until('port 22 is not one');
    }
  });

  it('must come: without it, or with a broken one, nobody is served', async () => {
    const cases: [string | Buffer, RegExp][] = [
      [REFUSED, /begins with something else/],
      ['PROXY TCP4 10.1.2.3\r\n', /addresses/],
      [Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex'), /65535 bytes long/],
      ['PROXY TCP4 10.1', /not complete after 500 ms/],
      ['', /not complete after 500 ms/],
    ];
    for (const [start, reason] of cases) {
      const wire = from(BALANCER);
      if (start !== '') wire.send(start);
      await wire.over();
      expect(wire.bytes).toBe(0);
      await eventually('the reason', () => reason.test(last()));
    }
  });

  it('comes once: a second one is refused', async () => {
    const wire = from(BALANCER).send(V1).send(V1).send(REFUSED);
    await wire.over();
    expect(wire.text).not.toContain('port 22');
    await eventually('the reason', () => last().includes('a second PROXY header'));
  });

  it('decides on the client that it names: its network, and its number of connections', async () => {
    const stranger = from(BALANCER).send('PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\n');
    expect(await stranger.until('proxy.clients')).toMatch(/^HTTP\/1\.1 403 .*203\.0\.113\.9/s);
    const open = Array.from({ length: 3 }, () => from(BALANCER).send('PROXY TCP4 10.9.9.9 10.0.0.1 1 2\r\n'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await from(BALANCER).send('PROXY TCP4 10.9.9.9 10.0.0.1 1 2\r\n').until('more than 3 connections');
    await from(BALANCER).send('PROXY TCP4 10.9.9.8 10.0.0.1 1 2\r\n').send(REFUSED).until('port 22');
    for (const wire of open) wire.destroy();
    await Promise.all(open.map((wire) => wire.over()));
    const again = from(BALANCER).send('PROXY TCP4 10.9.9.9 10.0.0.1 1 2\r\n').send(REFUSED);
    await again.until('HTTP/1.1 ');
  });

  it('leaves a balancer that speaks for itself with its own address', async () => {
    const own = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
    await from(BALANCER).send(own).send(REFUSED).until('port 22');
    expect(proxy.events.at(-1)?.src_ip).toContain(BALANCER);
    await from(BALANCER).send('PROXY UNKNOWN\r\n').send(REFUSED).until('port 22');
  });
});

describe('from any other address', () => {
  it.each([
    ['version 1', V1],
    ['version 2', V2],
  ])('%s is refused and told of, in one piece or in single bytes', async (_name, header) => {
    for (const pieces of [[Buffer.from(header)], [...Buffer.from(header)].map((byte) => Buffer.from([byte]))]) {
      const before = proxy.log().length;
      const wire = from('127.0.0.1');
      for (const piece of pieces) {
        wire.send(piece);
        if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
      }
      wire.send(REFUSED);
      await wire.over();
      expect(wire.text).not.toContain('port 22');
      await eventually('the reason', () =>
        proxy.log().slice(before).includes('127.0.0.1 is not listed in proxy.proxyProtocol.from'),
      );
    }
  });

  it.each<PlaceName>(['tls', 'socks', 'transparent'])('it is refused at the door: %s', async (door) => {
    const before = proxy.log().length;
    await from('127.0.0.1', door).send(V1).over();
    await eventually('the reason', () => proxy.log().slice(before).includes('is not listed'));
  });
});

describe('an MCP client behind a balancer', () => {
  it.each<PlaceName>(['proxy', 'tls', 'socks', 'transparent'])('is known by its own address at the door: %s', async (door) => {
    const header = door === 'proxy' ? V1 : V2;
    const balancer = await relayTo(portOf(proxy, door), () => header);
    const dispatcher = dispatcherFor(door, { port: balancer.port, ca: proxy.ca });
    try {
      // The relay connects from 127.0.0.1, which is not listed: nobody gets in.
      const told = await sdk2(`https://mcp.localhost:${way.port}/mcp?plain-${door}`, { fetch: fetchBy(dispatcher) }).catch(
        failed,
      );
      expect(told.ok).toBe(false);
      expect(told.text).not.toContain('Blocked by Daylight');
    } finally {
      await dispatcher.destroy();
      balancer.close();
    }
    const listed = await relayTo(portOf(proxy, door), () => header, BALANCER);
    const through = dispatcherFor(door, { port: listed.port, ca: proxy.ca });
    try {
      const told = await sdk2(`https://mcp.localhost:${way.port}/mcp?${door}`, { fetch: fetchBy(through) }).catch(failed);
      expect(told.text).toContain('Blocked by Daylight');
      const event = await proxy.event(({ url }) => url.includes(`/mcp?${door}`));
      expect(event).toMatchObject({
        src_ip: expect.stringContaining(door === 'proxy' ? '10.1.2.3' : '10.1.2.4'),
        traffic: 'shadow',
      });
    } finally {
      await through.destroy();
      listed.close();
    }
  });

  it.runIf(hasCurl)('is known by what curl says', async () => {
    const refused = await run('curl', [
      '-sS',
      '--max-time',
      '5',
      '--haproxy-protocol',
      '--proxy',
      `http://127.0.0.1:${proxy.port}`,
      'https://mcp.localhost/',
    ]);
    expect(refused.code).not.toBe(0);
    const fields = ['-sS', '-i', '--max-time', '5', '--interface', BALANCER, '--haproxy-protocol'];
    const { stdout } = await run('curl', [...fields, `http://127.0.0.1:${proxy.port}/not-a-target`]);
    expect(stdout).toContain('This is a proxy');
  });

  it.runIf(hasHaproxy)('is known through a real haproxy, in both versions', async () => {
    for (const send of ['send-proxy', 'send-proxy-v2']) {
      const held = await relayTo();
      held.close();
      const file = join(proxy.dir, `${send}.cfg`);
      writeFileSync(
        file,
        [
          'defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n',
          `listen front\n  bind 127.0.0.1:${held.port}\n`,
          `  server daylight 127.0.0.1:${proxy.port} source ${BALANCER} ${send}\n`,
        ].join(''),
      );
      const child = spawn('haproxy', ['-f', file, '-db', '-q'], { stdio: 'ignore' });
      try {
        await until(() => reachable(held.port), Boolean, 15_000);
        const socket = connectTcp({ host: '127.0.0.1', port: held.port, localAddress: '127.0.0.44' });
        const wire = new Wire(socket).send(REFUSED.replace('localhost:22', 'haproxy.localhost:23'));
        await wire.until('port 23');
        await eventually('an event', () =>
          proxy.events.findLast(({ dst_port, src_ip }) => dst_port === 23 && src_ip.endsWith('127.0.0.44')),
        );
        proxy.events.length = 0;
      } finally {
        await end(child);
      }
    }
  });
});

it('TLS goes on behind the header', async () => {
  const wire = from(BALANCER, 'tls').send(V1);
  const inside = connectTls({ socket: wire.socket, servername: 'localhost', ca: proxy.ca });
  await within('a TLS handshake', once(inside, 'secureConnect'));
  inside.destroy();
});
