import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReply, parseCredentials, parseGreeting, parseRequest } from '../../src/proxy/socks-messages.ts';

const bytes = (...values: (number | string)[]): Buffer =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from([value]))));

describe('the greeting', () => {
  it('lists the methods', () => {
    expect(parseGreeting(bytes(5, 2, 0, 2, 5))).toEqual({ status: 'done', value: [0, 2], used: 4 });
    expect(parseGreeting(bytes(5))).toEqual({ status: 'more' });
    expect(parseGreeting(bytes(5, 3, 0, 2))).toEqual({ status: 'more' });
  });

  it.each([
    [bytes(4, 1, 0, 80), /SOCKS 4/],
    [bytes('CONNECT a:1 HTTP/1.1'), /HTTP/],
    [bytes(0x16, 3, 1), /TLS/],
    [bytes(5, 0), /no method/],
    [bytes(0), /version is 0/],
  ])('%j is malformed', (greeting, reason) => {
    expect(parseGreeting(greeting)).toEqual({ status: 'malformed', reason: expect.stringMatching(reason) });
  });
});

describe('name and password', () => {
  it('are read as UTF-8, empty ones too', () => {
    const name = Buffer.from('zoë');
    expect(parseCredentials(Buffer.concat([bytes(1, name.length), name, bytes(2, 'pw', 5)]))).toEqual({
      status: 'done',
      value: { name: 'zoë', password: 'pw' },
      used: 9,
    });
    expect(parseCredentials(bytes(1, 0, 0))).toEqual({ status: 'done', value: { name: '', password: '' }, used: 3 });
    for (const part of [bytes(1), bytes(1, 0), bytes(1, 3, 'ann'), bytes(1, 3, 'ann', 2, 'p')])
      expect(parseCredentials(part)).toEqual({ status: 'more' });
  });

  it('of another version are malformed', () => {
    expect(parseCredentials(bytes(5, 1, 'a', 1, 'b'))).toEqual({ status: 'malformed', reason: expect.stringMatching(/version/) });
  });
});

describe('the request', () => {
  it('names a host in one of three ways', () => {
    expect(parseRequest(bytes(5, 1, 0, 1, 192, 0, 2, 7, 1, 187))).toMatchObject({
      value: { command: 1, host: '192.0.2.7', port: 443 },
      used: 10,
    });
    expect(parseRequest(bytes(5, 1, 0, 3, 11, 'example.com', 0, 80, 'GET'))).toMatchObject({
      value: { host: 'example.com', port: 80 },
      used: 18,
    });
    expect(parseRequest(bytes(5, 2, 0, 4, ...new Array(15).fill(0), 1, 0, 80))).toMatchObject({
      value: { command: 2, host: '0:0:0:0:0:0:0:1', port: 80 },
      used: 22,
    });
  });

  it('with an unknown type of address has no host', () => {
    expect(parseRequest(bytes(5, 1, 0, 9, 1, 2, 3))).toMatchObject({ status: 'done', value: { host: undefined } });
  });

  it.each([
    [bytes(4, 1, 0, 1), /version/],
    [bytes(5, 1, 7, 1), /reserved/],
    [bytes(5, 1, 0, 3, 0, 0, 80), /empty/],
  ])('%j is malformed', (request, reason) => {
    expect(parseRequest(request)).toEqual({ status: 'malformed', reason: expect.stringMatching(reason) });
  });
});

it('no message throws, grows beyond its bound, or depends on the pieces in which it comes', () => {
  for (const parse of [parseGreeting, parseCredentials, parseRequest]) {
    fc.assert(
      fc.property(
        fc.constantFrom(bytes(5), bytes(1), bytes(5, 1, 0, 3), bytes()),
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        (head, tail) => {
          const whole = Buffer.concat([head, tail]);
          const result = parse(whole);
          if (result.status === 'more') expect(whole.length).toBeLessThan(514);
          for (let length = 1; length < whole.length; length++) {
            const early = parse(whole.subarray(0, length));
            if (early.status === 'malformed') expect(result.status).toBe('malformed');
          }
        },
      ),
      { numRuns: 300 },
    );
  }
});

it('an answer has the fixed form of ten bytes', () => {
  expect([...formatReply(7)]).toEqual([5, 7, 0, 1, 0, 0, 0, 0, 0, 0]);
});
