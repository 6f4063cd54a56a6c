import { expect, it } from 'vitest';
import type { RequestHead } from '../../src/proxy/http1-head.ts';
import { redirectedHead } from '../../src/proxy/redirected-head.ts';

const head = (target: string, host: string, method = 'GET'): RequestHead => ({
  method,
  target,
  version: '1.1',
  headers: host === '' ? [] : ['Host', host],
});

it('Host says where a redirected request leads', () => {
  expect(redirectedHead(head('/a?b', 'Example.COM'), 80).target).toBe('http://example.com/a?b');
  expect(redirectedHead(head('/', 'example.com:8080'), 8080).target).toBe('http://example.com:8080/');
  expect(redirectedHead(head('http://example.com/a', 'other.example'), 80).target).toBe('http://example.com/a');
});

it('a host that is missing, malformed or for another port is refused', () => {
  expect(() => redirectedHead(head('/', ''), 80)).toThrow(/names no host/);
  expect(() => redirectedHead(head('/', 'exa mple'), 80)).toThrow(/not a host/);
  expect(() => redirectedHead(head('/', 'example.com:22'), 80)).toThrow(/came to port 80/);
  expect(() => redirectedHead(head('/', 'example.com'), 8080)).toThrow(/came to port 8080/);
  expect(() => redirectedHead(head('example.com:443', 'example.com', 'CONNECT'), 80)).toThrow(
    /not that of a request to a web server/,
  );
  expect(() => redirectedHead(head('*', 'example.com', 'OPTIONS'), 80)).toThrow(/not that of a request/);
});
