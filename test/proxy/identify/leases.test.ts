import { describe, expect, it } from 'vitest';
import { DaylightError } from '../../../src/errors.ts';
import { ENDED } from '../../../src/proxy/identify/lease.ts';
import { type LeaseFormat, parseLeases } from '../../../src/proxy/identify/leases.ts';

const ISC = `# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;
server-duid "\\000\\001\\000\\001%>\\347";

lease 192.0.2.10 {
  starts 4 2026/11/19 10:00:00;
  ends 4 2026/11/19 22:00:00;
  cltt 4 2026/11/19 10:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 00:16:3e:ef:a9:c1;
  uid "\\001\\000\\026>\\357\\251\\301";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "old-name";
  on expiry or release {
    set x = "}";
  }
}
lease 192.0.2.11 { ends never; binding state active; client-hostname "j\\303\\266rg-pc"; }
lease 192.0.2.12 { starts 4 2026/11/19 10:00:00; ends epoch 1795125600; # Fri Nov 20
  binding state active; client-hostname "print"; }
lease 192.0.2.13 { ends never; binding state free; client-hostname "gone"; }
lease 192.0.2.10 { ends 4 2026/11/19 23:30:00; binding state active; client-hostname "ann-laptop"; }
failover peer "x" state { my state normal at 4 2026/11/19 10:00:00; }
ia-na "\\001\\002" {
  cltt 4 2026/11/19 10:00:00;
  iaaddr 2001:db8::7 { binding state active; preferred-life 300; ends 4 2026/11/19 23:00:00; }
}
`;

const KEA = `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.0.2.20,00:11:22:33:44:55,,3600,1795125600,1,0,0,old.example.,0,,0
192.0.2.21,00:11:22:33:44:56,,4294967295,1795125600,1,0,0,forever,0,{ "a": 1&#x2c "b": 2 },0
192.0.2.22,00:11:22:33:44:57,,3600,1795125600,1,0,0,declined,1,,0
192.0.2.23,00:11:22:33:44:58,,3600,1795125600,1,0,0,back,0,,0
192.0.2.23,00:11:22:33:44:58,,0,1795125600,1,0,0,back,0,,0
192.0.2.20,00:11:22:33:44:55,,3600,1795129200,1,0,0,ann-laptop.example.,0,,0
`;

const KEA6 = `address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id
2001:db8::20,00:01,3600,1795125600,1,1800,0,1,128,0,0,ann6,,0,,,,0
2001:db8:1::,00:01,3600,1795125600,1,1800,2,1,56,0,0,router,,0,,,,0
`;

const DNSMASQ = `1795125600 aa:bb:cc:11:22:33 192.0.2.30 ann-laptop 01:aa:bb:cc:11:22:33
0 06-aa:bb 192.0.2.31 * *
duid 00:01:00:01:aa:bb
1795125600 T12345 2001:db8::30 ann6 00:01:00:01:cc:dd
`;

const of = (format: LeaseFormat, text: string) =>
  Object.fromEntries(parseLeases(format, text).map(({ address, host, until }) => [address, [host, until]]));

describe('leases', () => {
  it('of ISC dhcpd: the last word on each address, with its end', () => {
    expect(of('isc', ISC)).toEqual({
      '192.0.2.10': ['ann-laptop', Date.UTC(2026, 10, 19, 23, 30)],
      '192.0.2.11': ['jörg-pc', 0],
      '192.0.2.12': ['print', 1795125600_000],
      '192.0.2.13': ['gone', ENDED],
      '2001:db8::7': ['', Date.UTC(2026, 10, 19, 23)],
    });
  });

  it('of Kea: lifetimes, states, and prefixes that are no devices', () => {
    expect(of('kea', KEA)).toEqual({
      '192.0.2.20': ['ann-laptop.example', 1795129200_000],
      '192.0.2.21': ['forever', 0],
      '192.0.2.22': ['declined', ENDED],
      '192.0.2.23': ['back', ENDED],
    });
    expect(of('kea', KEA6)).toEqual({ '2001:db8::20': ['ann6', 1795125600_000] });
    expect(Object.keys(of('kea', KEA + KEA6))).toHaveLength(5);
  });

  it('of dnsmasq: both families', () => {
    expect(of('dnsmasq', DNSMASQ)).toEqual({
      '192.0.2.30': ['ann-laptop', 1795125600_000],
      '192.0.2.31': ['', 0],
      '2001:db8::30': ['ann6', 1795125600_000],
    });
  });

  it('a name that is no name of a device is none', () => {
    const lease = (name: string) => of('isc', `lease 192.0.2.1 { client-hostname "${name}"; }`)['192.0.2.1']?.[0];
    expect(['a\\000b', '<script>', '\\033[31m', 'x'.repeat(300), ''].map(lease)).toEqual(['', '', '', '', '']);
  });

  it.each([
    ['isc', 'lease 192.0.2.1 {\n ends 4 2026/11/19 22:00:00;\n', 'line 1: the brace that opens there is never closed'],
    ['isc', 'lease 192.0.2.1 {\n ends tomorrow;\n}\n', 'line 2: a time must be'],
    ['isc', 'lease 192.0.2.999 { }\n', 'line 1: "192.0.2.999" is not an address'],
    ['isc', '\n}\n', 'line 2: a brace closes where none should'],
    ['isc', 'server-duid "abc\n', 'line 1: the quote that opens there is never closed'],
    ['isc', 'lease 192.0.2.1', 'line 1: the last statement has no end'],
    ['isc', 'a{'.repeat(40), 'nested too deep'],
    ['kea', '192.0.2.20,x,,3600,1,1,0,0,h,0,,0\n', 'line 1: the header is missing'],
    ['kea', 'address,hwaddr\n', 'line 1: the header has no column valid_lifetime'],
    ['kea', KEA.replace('3600,1795129200', '3600,soon'), 'line 7: "soon" is not a time'],
    ['kea', KEA.slice(0, -30), 'the last line has no end; the server may be writing it'],
    ['kea', `${KEA}192.0.2.9,1\n`, 'line 8: 2 fields where the header has 12'],
    ['dnsmasq', '1795125600 aa 192.0.2.30 ann\n', 'line 1: 4 fields instead of 5'],
    ['dnsmasq', 'never aa 192.0.2.30 ann *\n', 'line 1: "never" is not a time'],
    ['dnsmasq', '1 aa 192.0.2.30%eth0 ann *\n', 'line 1: "192.0.2.30%eth0" is not an address'],
  ] as const)('%s: a file that is not what it should be is refused with the line (%j)', (format, text, message) => {
    expect(() => parseLeases(format, text)).toThrow(message);
  });

  it('no change of a few bytes makes a parser do anything but read or refuse', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    const bits = ['{', '}', ';', '"', '\\', '#', '\n', ',', ' ', '\0', '9', 'lease', 'ends', 'ÿ', '-1', '::'];
    for (const [format, text] of [
      ['isc', ISC],
      ['kea', KEA + KEA6],
      ['dnsmasq', DNSMASQ],
    ] as const) {
      for (let round = 0; round < 1_500; round++) {
        let broken: string = text;
        for (let change = 0; change <= random(4); change++) {
          const at = random(broken.length);
          broken = broken.slice(0, at) + (random(3) === 0 ? '' : bits[random(bits.length)]!) + broken.slice(at + random(3));
        }
        try {
          for (const { until, host } of parseLeases(format, broken)) {
            expect(Number.isFinite(until)).toBe(true);
            expect(host).not.toMatch(/[\p{Cc}<>"]/u);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DaylightError);
        }
      }
    }
  });
});
