import { describe, expect, it } from 'vitest';
import { compileNetwork, rangeOfNetwork } from '../../src/engine/network.ts';

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.4.0/22', '192.168.7.255', true],
    ['192.168.4.0/22', '192.168.8.0', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['203.0.113.9', '203.0.113.9', true],
    ['203.0.113.9/32', '203.0.113.8', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::/0', '10.1.2.3', false],
    ['10.0.0.0/8', 'not an address', false],
    ['10.0.0.0/8', '010.1.1.1', false],
  ])('%s holds %s: %s', (network, address, expected) => {
    expect(compileNetwork(network)(address)).toBe(expected);
  });

  it.each([
    '',
    '10.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.256',
    '2001:db8::/129',
    '1::2::3',
    ':::',
    'host/8',
    '10.0.0.0/8x',
  ])('%j is refused', (network) => {
    expect(() => compileNetwork(network)).toThrow('is not a network');
  });
});

describe('the range of a network', () => {
  it.each([
    ['10.0.0.0/8', '::ffff:a00:0', '::ffff:aff:ffff', 4],
    ['192.168.1.77/25', '::ffff:c0a8:100', '::ffff:c0a8:17f', 4],
    ['203.0.113.9', '::ffff:cb00:7109', '::ffff:cb00:7109', 4],
    ['0.0.0.0/0', '::ffff:0:0', '::ffff:ffff:ffff', 4],
    ['2001:db8::/33', '2001:db8:0:0:0:0:0:0', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', 6],
  ])('%s', (cidr, first, last, version) => {
    expect(rangeOfNetwork(cidr)).toEqual({ first, last, version });
  });
});
