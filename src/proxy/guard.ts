// Decides whom the proxy serves and where it may connect: client networks, ports, and addresses that are not public.
//
// An upstream address is judged in this order: not an address at all; metadata services (only an entry that names exactly
// this address opens them); an entry of `allowPrivate` that contains it; the tables below. An IPv6 address that carries an
// IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is judged by the inner address. What no table knows is public for
// IPv4, and refused for IPv6 outside 2000::/3, the only range that is global unicast.
// Ranges: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { DaylightError } from '../errors.ts';

export type AddressVerdict =
  | { allowed: true }
  | {
      allowed: false;
      /** Range that contains the address, e.g. `private (10.0.0.0/8)`. */
      range: string;
      /** One sentence for a person, with the fix. */
      reason: string;
    };

export interface AddressGuard {
  /** @param address an IP address as text, without brackets. */
  check(address: string): AddressVerdict;
}

export interface ClientGuard {
  /** @param address `socket.remoteAddress`; undefined (already closed) is refused. */
  check(address: string | undefined): AddressVerdict;
}

export interface PortGuard {
  check(port: number): { allowed: true } | { allowed: false; reason: string };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [network: Address, prefix: number];

const ALLOWED: AddressVerdict = { allowed: true };

const METADATA = new Map(
  [
    '169.254.169.254', // most clouds
    '169.254.170.2', // AWS ECS task credentials
    '169.254.170.23', // AWS EKS pod identity
    'fd00:ec2::254', // AWS
    'fd00:ec2::23', // AWS EKS pod identity
    'fd20:ce::254', // Google Cloud
    '100.100.100.200', // Alibaba Cloud
    '192.0.0.192', // Oracle Cloud
    '168.63.129.16', // Azure WireServer
  ].map((text) => [ipaddr.parse(text).toString(), text]),
);

const IPV4_RANGES = ranges({
  'unspecified, "this network"': ['0.0.0.0/8'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'carrier-grade NAT': ['100.64.0.0/10'],
  loopback: ['127.0.0.0/8'],
  'link-local': ['169.254.0.0/16'],
  'IETF protocol assignments': ['192.0.0.0/24'],
  documentation: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  'deprecated 6to4 relay': ['192.88.99.0/24'],
  benchmarking: ['198.18.0.0/15'],
  multicast: ['224.0.0.0/4'],
  broadcast: ['255.255.255.255/32'],
  reserved: ['240.0.0.0/4'],
});

const IPV6_RANGES = ranges({
  unspecified: ['::/128'],
  loopback: ['::1/128'],
  'local NAT64': ['64:ff9b:1::/48'],
  'unique local': ['fc00::/7'],
  'link-local': ['fe80::/10'],
  'deprecated site-local': ['fec0::/10'],
  multicast: ['ff00::/8'],
  documentation: ['2001:db8::/32', '3fff::/20'],
  'IETF protocol assignments': ['2001::/23'],
});

const GLOBAL_UNICAST = range('2000::/3');

/** IPv6 ranges that carry an IPv4 address, and where its four bytes are. */
const EMBEDDING: readonly { network: Range; at: number; inverted: boolean; except?: RegExp }[] = [
  { network: range('::ffff:0:0/96'), at: 12, inverted: false },
  { network: range('::/96'), at: 12, inverted: false, except: /^::1?$/ },
  { network: range('64:ff9b::/96'), at: 12, inverted: false },
  { network: range('2002::/16'), at: 2, inverted: false },
  { network: range('2001::/32'), at: 12, inverted: true },
];

/**
 * A guard for upstream addresses.
 *
 * @param options.allowPrivate addresses or CIDR networks that may be reached although they are not public.
 * @throws DaylightError ERR_CONFIG_INVALID for an entry that is neither
 */
export function createAddressGuard(options: { allowPrivate: readonly string[] }): AddressGuard {
  const allowed = options.allowPrivate.map((entry) => parseNetwork(entry, 'proxy.upstream.allowPrivate'));
  return {
    check(address) {
      const outer = parseAddress(address);
      if (!outer) return refuse('not an address', `${JSON.stringify(address)} is not an IP address`);
      const inner = embeddedIpv4(outer) ?? outer;
      const spellings = inner === outer ? [outer] : [outer, inner];
      const metadata = spellings.find((each) => METADATA.has(each.toString()));
      if (metadata) {
        if (allowed.some(([network, prefix]) => isWhole(network, prefix) && network.toString() === metadata.toString()))
          return ALLOWED;
        return refuse(
          'cloud metadata service',
          `${address} is a cloud metadata service, which hands out credentials; to allow it, list exactly ${metadata} in proxy.upstream.allowPrivate`,
        );
      }
      if (spellings.some((each) => allowed.some((network) => contains(network, each)))) return ALLOWED;
      const found = specialRange(inner);
      if (!found) return ALLOWED;
      const via = inner === outer ? '' : ` (it carries ${inner})`;
      return refuse(
        found,
        `${address}${via} is ${found}, not a public address; to allow it, add it or its network to proxy.upstream.allowPrivate`,
      );
    },
  };
}

/**
 * A guard for client addresses.
 *
 * @throws DaylightError ERR_CONFIG_INVALID for an entry that is neither an address nor a network
 */
export function createClientGuard(networks: readonly string[]): ClientGuard {
  const allowed = networks.map((entry) => parseNetwork(entry, 'proxy.clients'));
  return {
    check(address) {
      // A link-local peer carries its zone (fe80::1%eth0), which is no part of the network it belongs to.
      const outer = parseAddress(address?.replace(/%.*$/, '') ?? '');
      if (!outer) return refuse('not an address', 'the client has no IP address');
      const client = outer instanceof ipaddr.IPv6 && outer.isIPv4MappedAddress() ? outer.toIPv4Address() : outer;
      if (allowed.some((network) => contains(network, client))) return ALLOWED;
      return refuse(
        'outside proxy.clients',
        `the client ${client} is not in a network that may use this proxy; add its network to proxy.clients`,
      );
    },
  };
}

/**
 * A guard for upstream ports.
 *
 * @param ports numbers and ranges such as `8000-8999`
 * @throws DaylightError ERR_CONFIG_INVALID
 */
export function createPortGuard(ports: readonly (number | string)[]): PortGuard {
  const spans = ports.map(parsePorts);
  const shown = ports.join(', ');
  return {
    check(port) {
      if (spans.some(([first, last]) => port >= first && port <= last)) return { allowed: true };
      return { allowed: false, reason: `port ${port} is not one that may be reached (${shown}); add it to proxy.ports` };
    },
  };
}

function parsePorts(entry: number | string): readonly [number, number] {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(entry)) ?? [];
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  if (first === undefined || from < 1 || to > 65535 || from > to)
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `proxy.ports: ${JSON.stringify(entry)} is not a port or a range; write 443 or 8000-8999 (1 to 65535, smaller number first)`,
    );
  return [from, to];
}

function parseNetwork(entry: string, key: string): Range {
  const [text = '', prefixText, ...rest] = entry.trim().split('/');
  const address = parseAddress(text);
  const bits = address?.kind() === 'ipv6' ? 128 : 32;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (!address || rest.length > 0 || prefix < 0 || prefix > bits)
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `${key}: ${JSON.stringify(entry)} is not an address or network; write e.g. 10.1.2.3, 10.0.0.0/8 or fd00::/8 (host names are not accepted)`,
    );
  return [address, prefix];
}

/** Strict: only what the operating system takes for an address, without zone. */
function parseAddress(text: string): Address | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  // ipaddr.js takes ::192.0.2.1 for ::ffff:192.0.2.1; the URL parser leaves no dotted form for it to read.
  return ipaddr.parse(text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

function embeddedIpv4(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const form = EMBEDDING.find(({ network, except }) => contains(network, address) && !except?.test(address.toString()));
  if (!form) return undefined;
  const bytes = address.toByteArray().slice(form.at, form.at + 4);
  return new ipaddr.IPv4(form.inverted ? bytes.map((byte) => byte ^ 0xff) : bytes);
}

function specialRange(address: Address): string | undefined {
  const table = address.kind() === 'ipv4' ? IPV4_RANGES : IPV6_RANGES;
  const found = table.find(({ network }) => contains(network, address));
  if (found) return found.label;
  return address.kind() === 'ipv6' && !contains(GLOBAL_UNICAST, address) ? 'reserved' : undefined;
}

function contains([network, prefix]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, prefix);
}

function isWhole(network: Address, prefix: number): boolean {
  return prefix === (network.kind() === 'ipv6' ? 128 : 32);
}

function range(cidr: string): Range {
  return ipaddr.parseCIDR(cidr);
}

function ranges(table: Record<string, readonly string[]>): { label: string; network: Range }[] {
  return Object.entries(table).flatMap(([label, networks]) =>
    networks.map((cidr) => ({ label: `${label} (${cidr})`, network: range(cidr) })),
  );
}

function refuse(range: string, reason: string): AddressVerdict {
  return { allowed: false, range, reason };
}
