import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginsWithProxyHeader, type ProxyHeader, parseProxyHeader } from '../../src/proxy/proxy-protocol.ts';
import type { Read } from '../../src/proxy/read-start.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

function v2(command: number, family: number, body: Buffer, length = body.length): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, length >> 8, length & 0xff]), body]);
}

const V2_TCP4 = v2(0x21, 0x11, Buffer.from([203, 0, 113, 9, 10, 0, 0, 1, 0xdd, 0xd5, 0x1f, 0x90]));

function read(text: string | Buffer): Read<ProxyHeader> {
  return parseProxyHeader(Buffer.from(text as string, 'latin1'));
}

/** Byte by byte: what it comes to, and after how many bytes. */
function trickle(bytes: Buffer): { read: Read<ProxyHeader>; after: number } {
  for (let after = 1; after <= bytes.length; after++) {
    const result = parseProxyHeader(bytes.subarray(0, after));
    if (result.status !== 'more') return { read: result, after };
  }
  return { read: { status: 'more' }, after: bytes.length };
}

describe('version 1', () => {
  it('names the client, over IPv4 and IPv6', () => {
    expect(read('PROXY TCP4 203.0.113.9 10.0.0.1 56789 8080\r\nCONNECT')).toEqual({
      status: 'done',
      value: { version: 1, client: { address: '203.0.113.9', port: 56789 } },
      used: 44,
    });
    expect(read('PROXY TCP6 2001:DB8:0::9 2001:db8::1 1 2\r\n')).toMatchObject({
      value: { client: { address: '2001:db8::9', port: 1 } },
    });
    expect(read('PROXY TCP6 ::ffff:192.0.2.5 ::1 0 65535\r\n')).toMatchObject({
      value: { client: { address: '192.0.2.5', port: 0 } },
    });
  });

  it('may not know the client', () => {
    expect(read('PROXY UNKNOWN\r\n')).toEqual({ status: 'done', value: { version: 1, client: undefined }, used: 15 });
    expect(read('PROXY UNKNOWN ffff::1 whatever\r\nX')).toMatchObject({ status: 'done', value: { client: undefined }, used: 32 });
  });

  it.each([
    ['PROXY TCP4 203.0.113.9 10.0.0.1 56789 8080 9\r\n', /addresses/],
    ['PROXY TCP4 203.0.113.9  10.0.0.1 56789 8080\r\n', /addresses/],
    ['PROXY TCP4 203.0.113.999 10.0.0.1 1 2\r\n', /addresses/],
    ['PROXY TCP4 ::1 ::1 1 2\r\n', /addresses/],
    ['PROXY TCP6 127.0.0.1 ::1 1 2\r\n', /addresses/],
    ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', /addresses/],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 65536 8080\r\n', /port/],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 080 8080\r\n', /port/],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1 -1\r\n', /port/],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1\r\n', /port/],
    ['PROXY UDP4 203.0.113.9 10.0.0.1 1 2\r\n', /TCP4, TCP6, UNKNOWN/],
    ['PROXY UNKNOWNX\r\n', /TCP4, TCP6, UNKNOWN/],
    // What every object of the language has is no protocol.
    ['PROXY constructor 10.1.2.3 10.0.0.1 1 2\r\n', /TCP4, TCP6, UNKNOWN/],
    ['PROXY valueOf 10.1.2.3 10.0.0.1 1 2\r\n', /TCP4, TCP6, UNKNOWN/],
    [`PROXY UNKNOWN ${'x'.repeat(120)}`, /107 bytes/],
    ['PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n\r\n', /port/],
    ['GET / HTTP/1.1\r\n', /something else/],
    ['proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n', /something else/],
  ])('%j is malformed', (text, reason) => {
    expect(read(text)).toEqual({ status: 'malformed', reason: expect.stringMatching(reason) });
  });
});

describe('version 2', () => {
  it('names the client, over IPv4 and IPv6, and skips extensions', () => {
    expect(parseProxyHeader(V2_TCP4)).toMatchObject({
      value: { version: 2, client: { address: '203.0.113.9', port: 56789 } },
      used: 28,
    });
    const extended = v2(0x21, 0x11, Buffer.concat([V2_TCP4.subarray(16), Buffer.from([0x04, 0, 3, 1, 2, 3])]));
    expect(parseProxyHeader(Buffer.concat([extended, Buffer.from('rest')]))).toMatchObject({
      value: { client: { address: '203.0.113.9' } },
      used: 34,
    });
    const body = Buffer.alloc(36);
    body.write('20010db8', 0, 'hex');
    body[15] = 9;
    body.writeUInt16BE(443, 32);
    expect(parseProxyHeader(v2(0x21, 0x21, body))).toMatchObject({ value: { client: { address: '2001:db8::9', port: 443 } } });
  });

  it('may speak for nobody: health checks, unknown and local clients', () => {
    for (const header of [
      v2(0x20, 0x11, Buffer.alloc(12)),
      v2(0x20, 0, Buffer.alloc(0)),
      v2(0x21, 0, Buffer.alloc(5)),
      v2(0x21, 0x31, Buffer.alloc(216)),
    ])
      expect(parseProxyHeader(header)).toMatchObject({ status: 'done', value: { client: undefined }, used: header.length });
  });

  it.each([
    ['another version', v2(0x11, 0x11, Buffer.alloc(12)), /version is 1/],
    ['another command', v2(0x22, 0x11, Buffer.alloc(12)), /command is 2/],
    ['UDP', v2(0x21, 0x12, Buffer.alloc(12)), /0x12/],
    ['an unknown family', v2(0x21, 0x41, Buffer.alloc(12)), /0x41/],
    ['addresses cut short', v2(0x21, 0x11, Buffer.alloc(11)), /cut short/],
    ['IPv6 cut short', v2(0x21, 0x21, Buffer.alloc(35)), /cut short/],
    ['a path cut short', v2(0x21, 0x31, Buffer.alloc(215)), /cut short/],
    ['a huge length', v2(0x21, 0x11, Buffer.alloc(0), 65535), /65535 bytes long, more than 4096/],
  ])('%s is malformed', (_name, header, reason) => {
    expect(parseProxyHeader(header)).toEqual({ status: 'malformed', reason: expect.stringMatching(reason) });
  });
});

describe('in any pieces', () => {
  it('comes to the same, after exactly the bytes that belong to it', () => {
    for (const header of [Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 56789 8080\r\n'), V2_TCP4]) {
      const { read: result, after } = trickle(Buffer.concat([header, Buffer.from('CONNECT a:1 HTTP/1.1\r\n')]));
      expect(result).toMatchObject({ status: 'done', value: { client: { address: '203.0.113.9' } } });
      expect(after).toBe(header.length);
    }
  });

  it('never throws, never asks for more than its limit, and never reads beyond what it uses', () => {
    const start = fc.constantFrom(
      Buffer.alloc(0),
      Buffer.from('PROXY '),
      Buffer.from('PROXY TCP4 '),
      SIGNATURE,
      V2_TCP4.subarray(0, 14),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const bytes = Buffer.concat([head, tail]);
        const result = parseProxyHeader(bytes);
        if (result.status === 'more') expect(bytes.length).toBeLessThan(16 + 4096);
        if (result.status === 'done') expect(parseProxyHeader(bytes.subarray(0, result.used))).toEqual(result);
      }),
      { numRuns: 2000 },
    );
  });

  it('any header that a balancer writes is read back', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.ipV4(),
        fc.nat(65535),
        fc.nat(65535),
        fc.uint8Array({ maxLength: 40 }),
        (source, destination, from, to, rest) => {
          const header = Buffer.from(`PROXY TCP4 ${source} ${destination} ${from} ${to}\r\n`);
          expect(parseProxyHeader(Buffer.concat([header, rest]))).toEqual({
            status: 'done',
            value: { version: 1, client: { address: source, port: from } },
            used: header.length,
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('a connection that begins with a header is told from one that does not, from the first bytes on', () => {
  const begins = (text: string | Buffer) => beginsWithProxyHeader(Buffer.from(text as string, 'latin1'));
  expect(begins('P')).toBe('maybe');
  expect(begins('PROXY T')).toBe('maybe');
  expect(begins('PROXY TCP4 1')).toBe(true);
  expect(begins('PROXY UNKNOWN\r\n')).toBe(true);
  expect(begins(V2_TCP4)).toBe(true);
  expect(begins('\r\n')).toBe('maybe');
  expect(begins('\r\n\r\nGET')).toBe(false);
  expect(begins('POST ')).toBe(false);
  expect(begins('PROXY /x HTTP/1.1')).toBe(false);
  expect(begins(Buffer.from([22, 3, 1]))).toBe(false);
});
