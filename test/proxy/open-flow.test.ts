import { expect, it } from 'vitest';
import { flowHeaders, NO_TLS, opaqueFlow, openFlow, type Tunnel } from '../../src/proxy/open-flow.ts';

const tunnel: Tunnel = {
  client: { address: '10.0.0.1', port: 4711, peer: '10.0.0.1', door: 'proxy' },
  principal: { user: '', groups: [], device: '', source: 'address' },
  server: { host: '2001:db8::1', port: 8443, address: '' },
  tls: NO_TLS,
};

it('repeated fields are joined, cookies in their own way, and names of objects are names', () => {
  const headers = flowHeaders([
    'Accept',
    'a',
    'COOKIE',
    'x=1',
    'accept',
    'b',
    'cookie',
    'y=2',
    '__proto__',
    'p',
    'constructor',
    'c',
  ]);
  expect(headers.accept).toBe('a, b');
  expect(headers.cookie).toBe('x=1; y=2');
  expect(Object.entries(headers)).toContainEqual(['__proto__', 'p']);
  expect(headers.constructor).toBe('c');
  expect(flowHeaders([]).toString).toBeUndefined();
});

it('a flow holds the request as received and the server that the tunnel leads to', () => {
  const request = {
    method: 'get',
    scheme: 'https',
    authority: 'A.example',
    path: '/p?q',
    headers: ['X', '1'],
    httpVersion: '2',
    body: { kind: 'none' },
  } as const;
  const flow = openFlow(tunnel, { ...request, headers: [...request.headers] }, 'id', 5);
  expect(flow).toMatchObject({ id: 'id', time: 5, phase: 'request-headers', inspected: 'yes', server: { host: '2001:db8::1' } });
  expect(flow.request).toMatchObject({ method: 'GET', url: 'https://A.example/p?q', httpVersion: '2', headers: { x: '1' } });
});

it('a tunnel that is not read has the URL of its server', () => {
  expect(opaqueFlow(tunnel, 'opaque', 'id', 5).request.url).toBe('tcp://[2001:db8::1]:8443/');
  expect(opaqueFlow(tunnel, 'passthrough', 'id', 5).request).toMatchObject({
    method: 'CONNECT',
    url: 'https://[2001:db8::1]:8443/',
  });
});
