// Networks in CIDR notation, as rules (`|cidr`) and policy scopes use them. IPv4-mapped IPv6 addresses count as IPv4.

/** Tells whether an address lies in the network. Malformed addresses lie in none. */
export type NetworkTest = (address: string) => boolean;

/**
 * Compiles `10.0.0.0/8`, `2001:db8::/32` or a single address.
 *
 * @throws Error naming the offending value.
 */
export function compileNetwork(cidr: string): NetworkTest {
  const { base, bits } = parseNetwork(cidr);
  return (address) => {
    const parts = parseAddress(address);
    return parts !== undefined && parts.length === base.length && sharesPrefix(base, parts, bits);
  };
}

/**
 * First and last address of a network, as ClickHouse and others compare them: IPv6, in which IPv4 is mapped.
 *
 * @throws Error naming the offending value.
 */
export function rangeOfNetwork(cidr: string): { first: string; last: string; version: 4 | 6 } {
  const { base, bits } = parseNetwork(cidr);
  const hosts = base.map((_, index) => 0xffff >> Math.min(16, Math.max(0, bits - index * 16)));
  const prefix = base.length === 2 ? '::ffff:' : '';
  const text = (parts: number[]) => prefix + parts.map((part) => part.toString(16)).join(':');
  return {
    first: text(base.map((part, index) => part & ~hosts[index]!)),
    last: text(base.map((part, index) => part | hosts[index]!)),
    version: base.length === 2 ? 4 : 6,
  };
}

function parseNetwork(cidr: string): { base: readonly number[]; bits: number } {
  const slash = cidr.indexOf('/');
  const base = parseAddress(slash < 0 ? cidr : cidr.slice(0, slash));
  const width = base === undefined ? 0 : base.length * 16;
  const prefix = slash < 0 ? String(width) : cidr.slice(slash + 1);
  if (base === undefined || !/^\d{1,3}$/.test(prefix) || Number(prefix) > width) {
    throw new Error(`${JSON.stringify(cidr)} is not a network; write e.g. 10.0.0.0/8 or 2001:db8::/32`);
  }
  return { base, bits: Number(prefix) };
}

function sharesPrefix(a: readonly number[], b: readonly number[], bits: number): boolean {
  for (let index = 0, left = bits; left > 0; index += 1, left -= 16) {
    const shift = left >= 16 ? 0 : 16 - left;
    if (a[index]! >> shift !== b[index]! >> shift) return false;
  }
  return true;
}

/** Groups of 16 bits: two for IPv4, eight for IPv6; undefined if malformed. Zone identifiers are ignored. */
function parseAddress(text: string): number[] | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const zone = text.indexOf('%');
  const parts = parseIpv6(zone < 0 ? text : text.slice(0, zone));
  const mapped = parts?.[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0);
  return mapped ? parts?.slice(6) : parts;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return [bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!];
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::', 3);
  if (text.length > 45 || halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      groups.push(...v4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
