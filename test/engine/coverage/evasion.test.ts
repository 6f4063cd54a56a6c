import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/engine/coverage/coverage.ts';
import { evasionOf } from '../../../src/engine/coverage/evasion.ts';
import type { Flow } from '../../../src/engine/flow.ts';

function flow(change: Partial<Flow> = {}): Flow {
  return {
    ...{ id: '', time: 0, phase: 'response-headers', client: { address: '10.0.0.1', port: 1 } },
    principal: { user: '', groups: [], device: '', source: 'address' },
    server: { host: 'x.ngrok.app', port: 443, address: '' },
    tls: { sni: '', alpn: '', version: '', ja4: '' },
    inspected: 'yes',
    request: { method: 'GET', url: 'https://x.ngrok.app/', httpVersion: '1.1', headers: {} },
    ...change,
  };
}
const answer = (alt: string): Partial<Flow> => ({ response: { status: 200, headers: { 'alt-svc': alt } } });

describe('a way around inspection is', () => {
  it.each(['h3=":443"', 'h2=":443", h3-29=":443"; ma=3600', 'quic=":443"; v="46"', 'h3 = ":443"'])(
    'an offer of HTTP/3: %s',
    (alt) => {
      expect(evasionOf(flow(answer(alt)), false, undefined)).toEqual(['http3']);
    },
  );
  it.each(['clear', 'h2=":443"', 'xh3=":1"', ''])('not another offer: %s', (alt) => {
    expect(evasionOf(flow(answer(alt)), false, undefined)).toEqual([]);
  });
  it('an encrypted ClientHello, a tunnel service, and what is not HTTP', () => {
    const tls = { sni: '', alpn: '', version: '', ja4: '', ech: true };
    expect(evasionOf(flow({ tls, inspected: 'opaque' }), false, () => 'ngrok')).toEqual(['ech', 'relay:ngrok', 'not-http']);
  });
  it('not a tunnel that failed', () => {
    expect(evasionOf(flow({ inspected: 'opaque' }), true, undefined)).toEqual([]);
  });
});

describe('an exchange counts as', () => {
  it.each([
    [{ inspected: 'yes', url: 'https://a.example/', error: '' }, 'covered'],
    [{ inspected: 'yes', url: 'https://a.example/', error: 'ERR_UPSTREAM_CONNECT: no' }, 'covered'],
    [{ inspected: 'yes', url: 'http://a.example/', error: '' }, 'plain'],
    [{ inspected: 'opaque', url: 'https://a.example/', error: 'ERR_CLIENT_TLS: unknown ca' }, 'refused'],
    [{ inspected: 'opaque', url: 'tcp://a.example:22/', error: '' }, 'opaque'],
    [{ inspected: 'opaque', url: 'tcp://a.example:22/', error: 'ERR_PORT_REFUSED: 22' }, undefined],
    [{ inspected: 'passthrough', url: 'https://a.example/', error: '' }, 'passthrough'],
  ] as const)('%j: %s', (event, state) => {
    expect(coverageOf(event)).toBe(state);
  });
});
