import { expect, it } from 'vitest';
import { proxyUrlWith } from '../../../src/console/ui/pages/settings/proxy-url.ts';

it.each([
  ['http://proxy.corp.example:8080', 'ann@corp.example', 'http://ann%40corp.example:T@proxy.corp.example:8080'],
  ['http://0.0.0.0:8080', 'ann', 'http://ann:T@console.example:8080'],
  ['http://[::]:8080', 'Jörg B', 'http://J%C3%B6rg%20B:T@console.example:8080'],
])('the address of the proxy %s holds name and token', (proxy, user, expected) => {
  expect(proxyUrlWith(proxy, 'console.example', user, 'T')).toBe(expected);
});
