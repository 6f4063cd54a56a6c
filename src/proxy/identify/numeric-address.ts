// Addresses and networks as numbers. An IPv4 address that is mapped into IPv6 is the IPv4 address; a zone is no part of an address.

import { isIP } from 'node:net';

export interface NumericAddress {
  bits: 32 | 128;
  value: bigint;
}

/** undefined for what is no address. */
export function addressOf(text: string): NumericAddress | undefined {
  const plain = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  const family = isIP(plain);
  if (family === 4) return { bits: 32, value: ipv4(plain) };
  if (family === 0) return undefined;
  // The URL parser knows all spellings, and leaves one: hexadecimal groups without a dotted end.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = tail === undefined ? groups(head) : [...groups(head), ...new Array<string>(missing).fill('0'), ...groups(tail)];
  const value = all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/** undefined for what is neither an address nor a network. */
export function networkOf(text: string): { address: NumericAddress; prefix: number } | undefined {
  const [base = '', length, ...rest] = text.split('/');
  const address = addressOf(base);
  if (!address || rest.length > 0 || base.includes('%')) return undefined;
  if (length === undefined) return { address, prefix: address.bits };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  // A mapped network counts its prefix from the beginning of IPv6.
  const prefix = Number(length) - (address.bits === 32 && base.includes(':') ? 96 : 0);
  return prefix >= 0 && prefix <= address.bits ? { address, prefix } : undefined;
}

function ipv4(text: string): bigint {
  return BigInt(text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0));
}
