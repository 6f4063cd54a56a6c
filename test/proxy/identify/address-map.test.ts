import { beforeEach, describe, expect, it } from 'vitest';
import { type AddressEntry, type AddressMap, createAddressMap, NOTHING_KNOWN } from '../../../src/proxy/identify/address-map.ts';

let time = 1_000;
let map: AddressMap;
beforeEach(() => {
  time = 1_000;
  map = createAddressMap(() => time);
});

let keys = 0;
const entry = (network: string, rest: Partial<AddressEntry>): AddressEntry => ({
  ...{ key: `k${keys++}`, rank: 0, network, user: '', groups: [], device: '', until: 0 },
  ...rest,
});

describe('the map of addresses', () => {
  it('takes the longest prefix, for user and device apart', () => {
    map.put([
      entry('10.0.0.0/8', { user: 'site', device: 'shared' }),
      entry('10.1.0.0/16', { user: 'office', groups: ['berlin'] }),
      entry('10.1.2.3', { device: 'ann-laptop' }),
      entry('2001:db8::/32', { user: 'six' }),
      entry('0.0.0.0/0', { user: 'anybody' }),
    ]);
    expect(map.lookup('10.1.2.3')).toEqual({ user: 'office', groups: ['berlin'], device: 'ann-laptop' });
    expect(map.lookup('10.9.9.9')).toMatchObject({ user: 'site', device: 'shared' });
    expect(map.lookup('2001:db8:0:0::9')).toMatchObject({ user: 'six' });
    expect(map.lookup('192.0.2.1')).toMatchObject({ user: 'anybody' });
    expect(map.lookup('2001:db9::1')).toBe(NOTHING_KNOWN);
    expect(map.lookup('')).toBe(NOTHING_KNOWN);
  });

  it('knows an IPv4 address in any of its forms, and an address with a zone', () => {
    map.put([
      entry('10.1.2.3', { user: 'ann' }),
      entry('fe80::1', { user: 'bob' }),
      entry('::ffff:192.0.2.0/120', { user: 'cem' }),
    ]);
    expect([
      map.lookup('::ffff:10.1.2.3'),
      map.lookup('::ffff:a01:203'),
      map.lookup('fe80::1%eth0'),
      map.lookup('192.0.2.77'),
    ]).toMatchObject([{ user: 'ann' }, { user: 'ann' }, { user: 'bob' }, { user: 'cem' }]);
  });

  it('of two sources for one network takes the first, and the other when that is gone', () => {
    const [first, second] = [entry('10.1.2.3', { user: 'first' }), entry('10.1.2.3', { user: 'second', rank: 1 })];
    map.put([second, first]);
    expect(map.lookup('10.1.2.3').user).toBe('first');
    map.remove([first.key]);
    expect(map.lookup('10.1.2.3').user).toBe('second');
    map.put([{ ...second, network: '10.1.2.4' }]);
    expect([map.lookup('10.1.2.3').user, map.lookup('10.1.2.4').user]).toEqual(['', 'second']);
    map.remove([second.key, 'unknown']);
    expect(map.lookup('10.1.2.4')).toBe(NOTHING_KNOWN);
  });

  it('forgets an entry when it ends, also one that was looked up before', () => {
    map.put([entry('10.1.2.3', { user: 'lease', until: 2_000 }), entry('10.0.0.0/8', { user: 'site' })]);
    expect(map.lookup('10.1.2.3').user).toBe('lease');
    time = 2_000;
    expect(map.lookup('10.1.2.3').user).toBe('site');
  });
});
