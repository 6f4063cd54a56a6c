import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { createAddressGuard, createClientGuard, createPortGuard } from '../../src/proxy/guard.ts';

const strict = createAddressGuard({ allowPrivate: [] });

describe('upstream addresses that are not public are refused', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['10.255.255.255', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['100.127.255.255', 'carrier-grade NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.8', 'IETF'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', '6to4'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.7', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['fc00::1', 'unique local'],
    ['fdff::1', 'unique local'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['64:ff9b:1::1', 'NAT64'],
    ['2001:20::1', 'IETF'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:10.1.2.3', 'private'],
    ['64:ff9b::10.1.2.3', 'private'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:c0a8:101::1', 'private'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'documentation'], // Teredo: the client address is inverted: 192.0.2.45
    ['2001:0:0:0:0:0:80ff:fffe', 'loopback'], // 7f.00.00.01 inverted
  ])('%s as %s', (address, range) => {
    const verdict = strict.check(address);
    expect(verdict).toMatchObject({ allowed: false, range: expect.stringContaining(range) });
    expect(verdict).toHaveProperty('reason', expect.stringContaining('proxy.upstream.allowPrivate'));
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
  ])('%s as a metadata service, even if its network is allowed', (address) => {
    const open = createAddressGuard({ allowPrivate: ['0.0.0.0/0', '::/0', '169.254.0.0/16'] });
    for (const guard of [strict, open])
      expect(guard.check(address)).toMatchObject({ allowed: false, range: 'cloud metadata service' });
  });

  it.each(['', 'example.com', '127.1', '0x7f.1', '1.2.3.4.5', 'fe80::1%eth0', '[::1]', '1.2.3.4 ', '١.2.3.4'])(
    '%j because it is no address',
    (text) => {
      expect(strict.check(text)).toMatchObject({ allowed: false, range: 'not an address' });
    },
  );
});

describe('public addresses may be reached', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])('%s', (address) => {
    expect(strict.check(address)).toEqual({ allowed: true });
  });
});

describe('allowPrivate', () => {
  it('opens an address, a network, and whatever carries them', () => {
    const guard = createAddressGuard({ allowPrivate: ['10.1.0.0/16', ' 127.0.0.1 ', 'fd00::/8'] });
    for (const address of ['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3', 'fd12::1'])
      expect(guard.check(address).allowed).toBe(true);
    for (const address of ['10.2.0.1', '127.0.0.2', '::1', 'fe80::1']) expect(guard.check(address).allowed).toBe(false);
  });

  it('opens a metadata service only by its exact address', () => {
    const guard = createAddressGuard({ allowPrivate: ['169.254.169.254/32'] });
    expect(guard.check('169.254.169.254').allowed).toBe(true);
    expect(guard.check('::ffff:169.254.169.254').allowed).toBe(true);
    expect(guard.check('169.254.170.2').allowed).toBe(false);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '10.0.0/8', '10.0.0.0/', '0x0a.0.0.0/8'])(
    'refuses the entry %j and says how to write it',
    (entry) => {
      expect(() => createAddressGuard({ allowPrivate: [entry] })).toThrow(/proxy\.upstream\.allowPrivate: .*10\.0\.0\.0\/8/);
    },
  );
});

describe('the guard as a whole', () => {
  it('judges every spelling of an IPv4 address inside IPv6 as that address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const plain = strict.check(v4).allowed;
        const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
        const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
        const spellings = [
          `::ffff:${v4}`,
          `64:ff9b::${v4}`,
          `2002:${hex(a, b)}:${hex(c, d)}::1`,
          `2001:0:1:2:3:4:${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`,
        ];
        for (const spelling of spellings) expect([spelling, strict.check(spelling).allowed]).toEqual([spelling, plain]);
      }),
      { numRuns: 500 },
    );
  });

  it('never allows what ipaddr.js does not call unicast', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const range = ipaddr.process(address).range();
        if (!['unicast', 'rfc6052', '6to4', 'teredo', 'as112', 'amt'].includes(range))
          expect([address, strict.check(address).allowed]).toEqual([address, false]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the client guard', () => {
  const guard = createClientGuard(['127.0.0.0/8', '::1/128', '10.0.0.0/8', 'fe80::/10']);
  it('serves clients of the listed networks, also over a dual-stack socket and a link-local address', () => {
    for (const address of ['127.0.0.1', '::1', '10.9.8.7', '::ffff:10.9.8.7', 'fe80::1%eth0'])
      expect(guard.check(address).allowed).toBe(true);
  });
  it('refuses all others', () => {
    for (const address of ['8.8.8.8', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::10.1.2.3', '2002:a00:1::1', undefined, '', 'x'])
      expect(guard.check(address)).toMatchObject({ allowed: false });
    expect(guard.check('8.8.8.8')).toHaveProperty('reason', expect.stringContaining('proxy.clients'));
  });
  it('names the key of a wrong entry', () => {
    expect(() => createClientGuard(['10.0.0.0/99'])).toThrow(/proxy\.clients/);
  });
});

describe('the port guard', () => {
  const guard = createPortGuard([80, 443, '8000-8999']);
  it('allows listed ports and ranges, ends included', () => {
    expect([80, 443, 8000, 8500, 8999].map((port) => guard.check(port).allowed)).toEqual([true, true, true, true, true]);
    expect([22, 25, 79, 7999, 9000].map((port) => guard.check(port).allowed)).toEqual([false, false, false, false, false]);
    expect(guard.check(25)).toHaveProperty(
      'reason',
      'port 25 is not one that may be reached (80, 443, 8000-8999); add it to proxy.ports',
    );
  });
  it.each(['9000-8000', '0-10', '1-65536', 'http', '80-', -1, 65536, 1.5])('refuses the entry %j', (entry) => {
    expect(() => createPortGuard([entry])).toThrow(/proxy\.ports/);
  });
});
