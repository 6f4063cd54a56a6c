import { describe, expect, it } from 'vitest';
import { endToEnd, endToEndTrailers } from '../../src/proxy/hop-headers.ts';

describe('fields of one connection', () => {
  it('end here, and so do those that Connection names', () => {
    expect(
      endToEnd([
        'Connection',
        'close, X-Mine',
        'x-mine',
        '1',
        'Keep-Alive',
        '5',
        'TE',
        'gzip',
        'Trailer',
        'X',
        'Upgrade',
        'h2c',
        'X-Theirs',
        '2',
      ]).headers,
    ).toEqual(['Trailer', 'X', 'X-Theirs', '2']);
  });

  it('cannot be made of what the message needs', () => {
    const needed = [
      'Host',
      'h',
      'Content-Length',
      '1',
      'Content-Type',
      't',
      'Content-Encoding',
      'br',
      'Authorization',
      'a',
      'Cookie',
      'c',
      'Set-Cookie',
      's',
    ];
    expect(
      endToEnd([
        ...needed,
        'Connection',
        'host, content-length, content-type, content-encoding, authorization, cookie, set-cookie',
      ]).headers,
    ).toEqual(needed);
  });

  it('say whether trailers are read', () => {
    expect(endToEnd(['TE', 'gzip;q=0.5, trailers']).trailers).toBe(true);
    expect(endToEnd(['TE', 'gzip']).trailers).toBe(false);
  });

  it('a length that stands twice travels once; other repetitions are kept in order', () => {
    expect(endToEnd(['Content-Length', '1', 'A', '1', 'content-length', '1', 'a', '2']).headers).toEqual([
      'Content-Length',
      '1',
      'A',
      '1',
      'a',
      '2',
    ]);
  });

  it('further names can be left out', () => {
    expect(endToEnd(['Expect', '100-continue', 'B', '1'], new Set(['expect'])).headers).toEqual(['B', '1']);
  });
});

it('trailers carry no framing, no routing and no credentials', () => {
  expect(
    endToEndTrailers([
      'X-Sum',
      '1',
      'Content-Length',
      '5',
      'Transfer-Encoding',
      'chunked',
      'HOST',
      'x',
      'Authorization',
      'a',
      'grpc-status',
      '0',
    ]),
  ).toEqual(['X-Sum', '1', 'grpc-status', '0']);
});
