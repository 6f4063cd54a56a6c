import { describe, expect, it } from 'vitest';
import type { RequestHead } from '../../src/proxy/http1-head.ts';
import { isWebSocket, proxyRequest, tunnelRequest } from '../../src/proxy/proxy-request.ts';

const NONE = { kind: 'none' } as const;
const head = (target: string, headers: string[] = ['Host', 'a.example'], method = 'GET'): RequestHead => ({
  method,
  target,
  version: '1.1',
  headers,
});

describe('a request in a tunnel', () => {
  it('is for the host it names', () => {
    expect(tunnelRequest(head('/p?q'), NONE, 'https', 'a.example:443')).toMatchObject({
      scheme: 'https',
      authority: 'a.example',
      path: '/p?q',
      headers: ['Host', 'a.example'],
    });
  });

  it('is for the host of an absolute target, and says so to the server', () => {
    const request = tunnelRequest(head('HTTPS://b.example?q', ['X', '1', 'host', 'a.example']), NONE, 'https', 'a.example:443');
    expect(request).toMatchObject({
      scheme: 'https',
      authority: 'b.example',
      path: '/?q',
      headers: ['X', '1', 'host', 'b.example'],
    });
  });

  it.each([[[]], [['Host', '']]])('without a host is for the tunnel’s', (headers) => {
    expect(tunnelRequest(head('/', headers), NONE, 'https', 'a.example:8443')).toMatchObject({
      authority: 'a.example:8443',
      headers: ['Host', 'a.example:8443'],
    });
  });

  it('may be OPTIONS *, and nothing else without a slash', () => {
    expect(tunnelRequest(head('*', undefined, 'OPTIONS'), NONE, 'https', '').path).toBe('*');
    for (const target of ['*', 'x', 'ftp://x/', 'https:///x', 'https://x/#f', '?q'])
      expect(() => tunnelRequest(head(target), NONE, 'https', 'x')).toThrow('neither a path nor an absolute URL');
  });
});

describe('a request to the proxy', () => {
  it('names its server in the target', () => {
    expect(proxyRequest(head('http://b.example:81/x'), NONE)).toMatchObject({
      scheme: 'http',
      authority: 'b.example:81',
      path: '/x',
      headers: ['Host', 'b.example:81'],
    });
  });

  it('for anything but http is none', () => {
    for (const target of ['/', 'https://x/', '*', 'http:/x', 'x:80']) expect(proxyRequest(head(target), NONE)).toBeUndefined();
  });
});

it('a WebSocket is asked for by GET, Upgrade and Connection, without a body', () => {
  const upgrade = ['Connection', 'keep-alive, Upgrade', 'Upgrade', 'WebSocket'];
  expect(isWebSocket(head('/', upgrade), NONE)).toBe(true);
  expect(isWebSocket(head('/', upgrade, 'POST'), NONE)).toBe(false);
  expect(isWebSocket(head('/', upgrade), { kind: 'length', length: 1 })).toBe(false);
  expect(isWebSocket(head('/', ['Upgrade', 'websocket']), NONE)).toBe(false);
  expect(isWebSocket(head('/', ['Connection', 'upgrade', 'Upgrade', 'h2c']), NONE)).toBe(false);
});
