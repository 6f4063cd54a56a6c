import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientHello, createClientHelloPeek, type PeekResult } from '../../src/proxy/clienthello.ts';
import { isGrease, ja4, ja4Raw } from '../../src/proxy/ja4.ts';

type Bytes = number[];
const u16 = (value: number): Bytes => [value >> 8, value & 255];
const vector8 = (bytes: Bytes): Bytes => [bytes.length, ...bytes];
const vector16 = (bytes: Bytes): Bytes => [...u16(bytes.length), ...bytes];
const text = (value: string): Bytes => [...Buffer.from(value, 'latin1')];
const extension = (type: number, data: Bytes): Bytes => [...u16(type), ...vector16(data)];
const serverName = (name: string): Bytes => extension(0, vector16([0, ...vector16(text(name))]));
const alpn = (...names: string[]): Bytes => extension(16, vector16(names.flatMap((name) => vector8(text(name)))));
const versions = (...list: number[]): Bytes => extension(43, vector8(list.flatMap(u16)));
const algorithms = (...list: number[]): Bytes => extension(13, vector16(list.flatMap(u16)));

function hello(extensions: Bytes | undefined, options: { ciphers?: number[]; legacy?: number } = {}): Bytes {
  const body = [
    ...u16(options.legacy ?? 0x0303),
    ...new Array(32).fill(7),
    ...vector8(new Array(32).fill(9)),
    ...vector16((options.ciphers ?? [0x1301, 0x1302]).flatMap(u16)),
    ...vector8([0]),
    ...(extensions ? vector16(extensions) : []),
  ];
  return [1, 0, ...u16(body.length), ...body];
}

function records(message: Bytes, size = 16384): Buffer {
  const parts: Bytes[] = [];
  for (let at = 0; at < message.length; at += size) parts.push([22, 3, 1, ...vector16(message.slice(at, at + size))]);
  return Buffer.from(parts.flat());
}

function peekAll(bytes: Buffer, chunk = bytes.length || 1): PeekResult {
  const peek = createClientHelloPeek();
  let result: PeekResult = { status: 'more' };
  for (let at = 0; at < bytes.length; at += chunk) result = peek.push(bytes.subarray(at, at + chunk));
  return result;
}

function helloOf(result: PeekResult): ClientHello {
  if (result.status !== 'hello') throw new Error(JSON.stringify(result));
  return result.hello;
}

const usual = [
  ...serverName('Example.COM'),
  ...alpn('h2', 'http/1.1'),
  ...versions(0x2a2a, 0x0303, 0x0304),
  ...algorithms(0x0403),
];

describe('a ClientHello is read from whatever pieces it comes in', () => {
  it('reads name, protocols and versions', () => {
    const read = helloOf(peekAll(records(hello(usual))));
    expect(read).toMatchObject({
      sni: 'example.com',
      alpn: ['h2', 'http/1.1'],
      versions: [0x0304, 0x0303],
      ech: false,
      earlyData: false,
    });
  });

  it('does not mind the size of segments and records', () => {
    const whole = helloOf(peekAll(records(hello(usual))));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (record, segment) => {
        const bytes = records(hello(usual), record);
        for (let cut = 0; cut < 3; cut += 1)
          expect(peekAll(bytes.subarray(0, Math.floor((bytes.length * cut) / 3)), segment).status).toBe('more');
        expect(helloOf(peekAll(bytes, segment))).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('is content with a hello without extensions', () => {
    expect(helloOf(peekAll(records(hello(undefined, { legacy: 0x0301 }))))).toMatchObject({
      sni: '',
      alpn: [],
      versions: [0x0301],
    });
  });

  it('ignores what follows the hello', () => {
    expect(peekAll(Buffer.concat([records(hello(usual)), Buffer.from('early data')])).status).toBe('hello');
  });

  it('sees ECH and early data', () => {
    const read = helloOf(peekAll(records(hello([...usual, ...extension(0xfe0d, [0, 1, 2]), ...extension(42, [])]))));
    expect(read).toMatchObject({ ech: true, earlyData: true });
  });

  it('leaves GREASE out, except for where it was', () => {
    const grease = [...extension(0x1a1a, []), ...alpn('\x0a\x0a', 'h2'), ...versions(0xfafa, 0x0304)];
    expect(helloOf(peekAll(records(hello(grease, { ciphers: [0x0a0a, 0x1301] }))))).toMatchObject({
      alpn: ['h2'],
      versions: [0x0304],
      ja4: expect.stringMatching(/^t13i0102h2_/),
    });
  });

  it('takes a large hello, as post-quantum key shares and tickets make it', () => {
    const large = hello([...usual, ...extension(51, new Array(20_000).fill(1))]);
    expect(helloOf(peekAll(records(large), 1400)).sni).toBe('example.com');
  });
});

describe('what is no ClientHello', () => {
  it.each([
    ['HTTP', text('GET / HTTP/1.1\r\n')],
    ['SSH', text('SSH-2.0-OpenSSH_9.9\r\n')],
    ['the HTTP/2 preface', text('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['one zero byte', [0]],
    ['0x16 and a version that is none', [22, 9]],
    ['a TLS alert', [21, 3, 1, 0, 2, 1, 0]],
    ['binary that resembles SSLv2', [0x80, 0x2e, 1, 3, 0x77, 1, 2]],
  ])('%s is not TLS', (_, bytes) => {
    expect(peekAll(Buffer.from(bytes)).status).toBe('not-tls');
  });

  it.each<[string, Buffer]>([
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['an oversized record', Buffer.from([22, 3, 1, 0x40, 1])],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    [
      'a record of another type inside the hello',
      Buffer.concat([
        records(hello(usual))
          .subarray(0, 5 + 20)
          .fill(20, 4, 5),
        Buffer.from([23, 3, 3, 0, 1, 0]),
      ]),
    ],
    ['an SSLv2-format hello', Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0x15])],
    ['a hello that claims 16 MB', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    ['two server names', records(hello([...serverName('a.example'), ...serverName('b.example')]))],
    [
      'a list of two server names',
      records(hello(extension(0, vector16([0, ...vector16(text('a')), 0, ...vector16(text('b'))])))),
    ],
    ['a server name with NUL', records(hello(serverName('a.example\0.b.example')))],
    ['a server name with a slash', records(hello(serverName('../../x')))],
    ['an empty server name', records(hello(serverName('')))],
    ['extensions that are too short', records(hello([0, 0, 0, 9, 1]))],
    ['bytes after the extensions', records([...hello(usual), 1].with(3, (hello(usual)[3] ?? 0) + 1))],
    ['an odd list of ciphers', records([1, 0, 0, 41, 3, 3, ...new Array(32).fill(0), 0, 0, 3, 1, 1, 1, 1])],
    ['an empty ALPN protocol', records(hello(alpn('')))],
  ])('%s is malformed', (_, bytes) => {
    expect(peekAll(bytes)).toMatchObject({ status: 'malformed', reason: expect.any(String) });
  });

  it('gives up at the limit, and stays at what it said', () => {
    const peek = createClientHelloPeek({ limit: 2000 });
    const drip = records(hello([...usual, ...extension(51, new Array(1900).fill(1))]));
    expect(peek.push(drip.subarray(0, 10)).status).toBe('malformed');
    expect(peek.push(drip).status).toBe('malformed');
    const tiny = createClientHelloPeek({ limit: 600 });
    let result: PeekResult = { status: 'more' };
    for (const byte of records(hello([...usual, ...extension(51, new Array(300).fill(1))]), 1))
      result = tiny.push(Buffer.from([byte]));
    expect(result.status).toBe('malformed');
  });

  it('never throws, whatever the bytes and pieces', () => {
    const valid = records(hello(usual));
    const mutated = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) =>
      changes.reduce((bytes, [at, value]) => {
        bytes[at] = value;
        return bytes;
      }, Buffer.from(valid)),
    );
    const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const framed = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => records([1, 0, 0, bytes.length, ...bytes]));
    fc.assert(
      fc.property(fc.oneof(mutated, raw, framed), fc.integer({ min: 1, max: 64 }), (bytes, segment) => {
        const pieces = peekAll(bytes, segment);
        expect(['more', 'hello', 'not-tls', 'malformed']).toContain(pieces.status);
        expect(peekAll(bytes)).toEqual(pieces);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('JA4', () => {
  // The worked example of the specification.
  const chrome = {
    versions: [0x0304, 0x0303],
    hasSni: true,
    ciphers: [
      0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
    ],
    extensions: [
      0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a,
      0x0015,
    ],
    firstAlpn: 'h2',
    signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
  };

  it('agrees with the worked example of its specification', () => {
    expect(ja4(chrome)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
    expect(ja4({ ...chrome, signatureAlgorithms: [] })).toBe('t13d1516h2_8daaf6152771_6d807ffa2a79');
  });

  it('agrees with a fingerprint that another implementation took of Chrome 143', () => {
    const extensions = [
      0x002d, 0x0033, 0x0010, 0xfe0d, 0x0017, 0x44cd, 0x0000, 0x000b, 0x000a, 0x002b, 0xff01, 0x0023, 0x0012, 0x0005, 0x000d,
      0x001b,
    ];
    expect(ja4({ ...chrome, extensions })).toBe('t13d1516h2_8daaf6152771_d8a2da3f94cd');
    expect(ja4Raw({ ...chrome, extensions })).toBe(
      't13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_0005,000a,000b,000d,0012,0017,001b,0023,002b,002d,0033,44cd,fe0d,ff01_0403,0804,0401,0503,0805,0501,0806,0601',
    );
  });

  it('is the same in any order and with any GREASE', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(chrome.extensions, { minLength: 16 }), fc.nat(15), (extensions, nibble) => {
        const grease = nibble * 0x1010 + 0x0a0a;
        expect(isGrease(grease)).toBe(true);
        expect(
          ja4({
            ...chrome,
            extensions: [grease, ...extensions],
            ciphers: [grease, ...chrome.ciphers],
            versions: [grease, ...chrome.versions],
          }),
        ).toBe(ja4(chrome));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['\xab', 'ab'],
    ['\x20', '20'],
    ['\xab\xcd', 'ad'],
    ['\x20a', '21'],
    ['0\xab', '3b'],
    ['a ', '60'],
    ['01\xab\xcd', '3d'],
    ['0\xab\xcd1', '01'],
    ['http/1.1', 'h1'],
    ['x', 'xx'],
    [undefined, '00'],
  ])('writes ALPN %j as %s', (firstAlpn, letters) => {
    expect(ja4({ ...chrome, firstAlpn }).slice(8, 10)).toBe(letters);
  });

  it('writes zeros for lists without entries, and no more than 99', () => {
    expect(ja4({ ...chrome, ciphers: [], extensions: [0, 16] })).toBe('t13d0002h2_000000000000_000000000000');
    expect(ja4({ ...chrome, ciphers: new Array(200).fill(1) }).slice(4, 6)).toBe('99');
    expect(ja4({ ...chrome, versions: [0x0300] }).slice(0, 3)).toBe('ts3');
    expect(ja4({ ...chrome, versions: [0x7777] }).slice(0, 3)).toBe('t00');
  });
});
