import { expect, it } from 'vitest';
import { consoleNames } from '../../src/console/certificate.ts';

const MACHINE = { hostname: 'box7', addresses: ['127.0.0.1', '10.0.0.7', '::1', 'fe80::1'] };

it.each([
  ['an address', '10.0.0.7', '', ['10.0.0.7']],
  ['an address with a public name', '10.0.0.7', 'https://daylight.corp.example/x', ['daylight.corp.example', '10.0.0.7']],
  ['everything', '0.0.0.0', '', ['box7', 'localhost', '127.0.0.1', '10.0.0.7', '::1', 'fe80::1']],
  [
    'everything over IPv6 with a public address',
    '::',
    'https://[2001:db8::1]:8443',
    ['2001:db8::1', 'box7', 'localhost', ...MACHINE.addresses],
  ],
])('is for the names under which people reach %s', (_what, host, url, names) => {
  expect(consoleNames(host, url, MACHINE)).toEqual(names);
});

it('leaves out a host name that no certificate can have', () => {
  expect(consoleNames('0.0.0.0', '', { hostname: 'my_box', addresses: [] })).toEqual(['localhost']);
});
