// The syslog sink against receivers that are strict about the grammar, and against Debian's rsyslog where it is installed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { syslogOptions } from '../../src/config/sinks/syslog.ts';
import { createSyslogDestination } from '../../src/sinks/destinations/syslog.ts';
import { type Destination, SinkError } from '../../src/sinks/sink.ts';
import { type Authority, type Certified, openAuthority } from './receivers/authority.ts';
import { flows } from './receivers/outgoing.ts';
import { findRsyslogd, startRsyslog } from './receivers/rsyslog.ts';
import { type SyslogReceiver, startSyslogDatagramReceiver, startSyslogStreamReceiver } from './receivers/syslog-receiver.ts';

const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'daylight-syslog-'));
const opened: { close(): Promise<void> }[] = [];
let authority: Authority;
let server: Certified;
let client: Certified;

beforeAll(async () => {
  authority = await openAuthority(dir);
  server = await authority.certify('localhost');
  client = await authority.certify('daylight.acme.example');
});

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

afterAll(() => rmSync(dir, { recursive: true }));

function open(over: Record<string, unknown>): Destination {
  const made = createSyslogDestination(syslogOptions.parse({ type: 'syslog', host: '127.0.0.1', timeout: 3000, ...over }));
  opened.push(made);
  return made;
}

async function listen(start: Promise<SyslogReceiver>): Promise<SyslogReceiver> {
  const receiver = await start;
  opened.push(receiver);
  return receiver;
}

const failureOf = async (sending: Promise<unknown>): Promise<string> => {
  const error = await sending.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SinkError);
  return (error as SinkError).message;
};

describe('over TCP', () => {
  it('sends each event as one counted message, with its text as it is', async () => {
    const receiver = await listen(startSyslogStreamReceiver());
    const batch = flows(3, 'cef', (index) => (index === 1 ? { reason: 'Zugriff verweigert für Jürgen 😀' } : {}));
    expect(await open({ port: receiver.port, transport: 'tcp', facility: 'audit', app: 'mcp' }).send(batch, never)).toEqual([]);
    await receiver.received(3);
    expect(receiver.errors).toEqual([]);
    expect(receiver.messages.map(({ text }) => text)).toEqual(batch.map(({ text }) => text));
    expect(receiver.messages.map(({ bom }) => bom)).toEqual([false, true, false]);
    expect(receiver.messages[0]).toMatchObject({
      facility: 13,
      severity: 3,
      time: '2026-03-04T05:59:58.123Z',
      host: 'proxy-1',
      app: 'mcp',
      msgid: 'http_flow',
      structuredData: expect.stringMatching(/^\[origin software="Daylight" swVersion="[^"]+"\]$/),
    });
  });

  it('cuts long CEF at the border of a character, and refuses long JSON', async () => {
    const receiver = await listen(startSyslogStreamReceiver());
    const long = { reason: '€'.repeat(3000) };
    const shared = { port: receiver.port, transport: 'tcp', maxBytes: 2048 };
    expect(
      await open(shared).send(
        flows(2, 'cef', (index) => (index === 0 ? long : {})),
        never,
      ),
    ).toEqual([]);
    const rejected = await open({ ...shared, format: 'native' }).send(
      flows(2, 'native', (index) => (index === 0 ? long : {})),
      never,
    );
    expect(rejected).toEqual([{ index: 0, reason: expect.stringMatching(/maxBytes is 2048; JSON is not cut/) }]);
    await receiver.received(3);
    expect(receiver.errors).toEqual([]);
    expect(receiver.messages[0]?.text).toMatch(/€\.\.\.\[truncated\]$/);
  });

  it('notices that the receiver went away while idle, and goes on when it is back', async () => {
    const receiver = await startSyslogStreamReceiver();
    const destination = open({ port: receiver.port, transport: 'tcp' });
    await destination.send(flows(1, 'cef'), never);
    await receiver.close();
    expect(await failureOf(destination.send(flows(2, 'cef'), never))).toMatch(/nothing listens at|closed the connection/);
    const again = await listen(startSyslogStreamReceiver(undefined, receiver.port));
    expect(await destination.send(flows(2, 'cef'), never)).toEqual([]);
    await again.received(2);
  });

  it('sends once more what a receiver did not read before its connection was reset', async () => {
    const receiver = await startSyslogStreamReceiver();
    receiver.deaf = true;
    const destination = open({ port: receiver.port, transport: 'tcp' });
    const batch = flows(3, 'cef');
    // The operating system of the receiver takes them, and nobody reads them.
    expect(await destination.send(batch, never)).toEqual([]);
    for (const socket of receiver.sockets) socket.resetAndDestroy();
    await receiver.close();
    const again = await listen(startSyslogStreamReceiver(undefined, receiver.port));
    const more = flows(5, 'cef').slice(3);
    // The end of the old connection may be noticed before this batch or by it.
    await destination.send(more, never).catch(() => destination.send(more, never));
    await again.received(5);
    expect(again.messages.map(({ text }) => text)).toEqual(flows(5, 'cef').map(({ text }) => text));
  });

  it('has a batch sent again when a receiver takes nothing', async () => {
    const receiver = await listen(startSyslogStreamReceiver());
    receiver.deaf = true;
    const destination = open({ port: receiver.port, transport: 'tcp', timeout: 400, maxBytes: 1_000_000, format: 'native' });
    const batch = flows(40, 'native', () => ({ excerpt: 'x'.repeat(500_000) }));
    expect(await failureOf(destination.send(batch, never))).toMatch(/did not take a batch within 0.4 s/);
  });
});

describe('over UDP', () => {
  it('sends each event as one datagram', async () => {
    const receiver = await listen(startSyslogDatagramReceiver());
    const batch = flows(20, 'leef');
    expect(await open({ port: receiver.port, transport: 'udp', format: 'leef' }).send(batch, never)).toEqual([]);
    await receiver.received(20);
    expect(receiver.errors).toEqual([]);
    expect(receiver.messages.map(({ text }) => text)).toEqual(batch.map(({ text }) => text));
  });
});

describe('over UDP to nobody', () => {
  it('has the batch sent again', async () => {
    const receiver = await startSyslogDatagramReceiver();
    await receiver.close();
    expect(await failureOf(open({ port: receiver.port, transport: 'udp' }).send(flows(200, 'cef'), never))).toMatch(
      /nothing listens at/,
    );
  });
});

describe('over TLS', () => {
  it('checks the receiver, and shows it a certificate', async () => {
    const tls = { cert: server.cert, key: server.key, ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    const receiver = await listen(startSyslogStreamReceiver(tls));
    const shared = { host: 'localhost', port: receiver.port, ca: authority.caFile };
    const destination = open({ ...shared, clientCert: client.certFile, clientKey: client.keyFile });
    expect(await destination.send(flows(2, 'cef'), never)).toEqual([]);
    await receiver.received(2);
    // With TLS 1.3 the refusal comes after the handshake.
    expect(await failureOf(open(shared).send(flows(2, 'cef'), never))).toMatch(
      /TLS with localhost:\d+ failed|closed the connection/,
    );
    expect(receiver.messages).toHaveLength(2);
  });

  it('sends nothing to a receiver with another authority or name', async () => {
    const receiver = await listen(startSyslogStreamReceiver({ cert: server.cert, key: server.key }));
    const stranger = await openAuthority(dir, 'stranger');
    const shared = { port: receiver.port, ca: authority.caFile };
    expect(await failureOf(open({ ...shared, host: 'localhost', ca: stranger.caFile }).send(flows(1), never))).toMatch(
      /is not trusted/,
    );
    expect(await failureOf(open(shared).send(flows(1), never))).toMatch(/is for other names/);
    expect(await failureOf(open({ ...shared, serverName: 'siem.acme.example' }).send(flows(1), never))).toMatch(
      /is for other names/,
    );
    expect(await open({ ...shared, serverName: 'localhost' }).send(flows(1), never)).toEqual([]);
    await receiver.received(1);
  });

  it('says so when the receiver speaks no TLS', async () => {
    const receiver = await listen(startSyslogStreamReceiver());
    for (const socket of receiver.sockets) socket.destroy();
    const sending = open({ port: receiver.port, ca: authority.caFile, timeout: 500 }).send(flows(1), never);
    expect(await failureOf(sending)).toMatch(/did not connect within|closed the connection|TLS with/);
  });
});

describe.runIf(findRsyslogd() !== undefined)('rsyslog', () => {
  it.each(['tcp', 'tls', 'udp'] as const)('takes messages over %s as they were sent', async (transport) => {
    const rsyslog = await startRsyslog({ dir: mkdtempSync(join(dir, 'rsyslog-')), transport, ca: authority.caFile, server });
    opened.push(rsyslog);
    const tls =
      transport === 'tls'
        ? { ca: authority.caFile, clientCert: client.certFile, clientKey: client.keyFile, host: 'localhost' }
        : {};
    const destination = open({ port: rsyslog.port, transport, ...tls });
    const batch = flows(50, 'cef', (index) => (index % 2 === 0 ? { reason: 'für Jürgen 😀' } : {}));
    expect(await destination.send(batch, never)).toEqual([]);
    const lines = await rsyslog.lines(50);
    expect(lines.map(({ msg }) => msg.replace(/^\ufeff/, ''))).toEqual(batch.map(({ text }) => text));
    expect(lines[0]).toMatchObject({
      hostname: 'proxy-1',
      'app-name': 'daylight',
      msgid: 'http_flow',
      facility: 'local0',
      severity: 'err',
      structured: expect.stringMatching(/^\[origin software="Daylight"/),
    });
  });
});
