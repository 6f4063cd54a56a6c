// Reads a PROXY header: whom a load balancer speaks for. Versions 1 (text) and 2 (binary) of haproxy's proxy-protocol.txt.
//
// Strict, because it says who somebody is: what the specification does not define is malformed. Extensions (TLV) are skipped, and
// the destination is not used.

import { isIPv4, isIPv6 } from 'node:net';
import { normaliseHost } from './authority.ts';
import type { Read } from './read-start.ts';

/** The client that is spoken for; undefined if the balancer speaks for itself (health checks) or does not know. */
export interface ProxyHeader {
  version: 1 | 2;
  client: { address: string; port: number } | undefined;
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const V1_START = Buffer.from('PROXY ');
/** How a version 1 header goes on. */
const V1_FAMILIES = ['PROXY TCP4 ', 'PROXY TCP6 ', 'PROXY UNKNOWN'].map((text) => Buffer.from(text));
/** Section 2.1: the longest line, with its CRLF. */
const V1_LIMIT = 107;
/** Section 2.2: signature, command, family, length. */
const V2_FIXED = 16;
/** Bytes of addresses and extensions that are accepted; senders use a few hundred. */
const V2_LIMIT = 4096;
const PORT = /^(0|[1-9]\d{0,4})$/;

/** @param bytes what the connection began with, so far */
export function parseProxyHeader(bytes: Buffer): Read<ProxyHeader> {
  if (startsLike(bytes, V1_START)) return bytes.length < V1_START.length ? { status: 'more' } : parseV1(bytes);
  if (startsLike(bytes, SIGNATURE)) return bytes.length < V2_FIXED ? { status: 'more' } : parseV2(bytes);
  return malformed('the connection begins with something else');
}

/** Whether a connection begins with a PROXY header, as far as its first bytes tell. */
export function beginsWithProxyHeader(bytes: Buffer): boolean | 'maybe' {
  const like = [SIGNATURE, ...V1_FAMILIES].filter((start) => startsLike(bytes, start));
  if (like.length === 0) return false;
  return like.some((start) => bytes.length >= start.length) || 'maybe';
}

function parseV1(bytes: Buffer): Read<ProxyHeader> {
  const end = bytes.subarray(0, V1_LIMIT).indexOf('\r\n', 0, 'latin1');
  if (end < 0) return bytes.length < V1_LIMIT ? { status: 'more' } : malformed(`no line end within ${V1_LIMIT} bytes`);
  const line = bytes.toString('latin1', 0, end);
  const used = end + 2;
  if (/^PROXY UNKNOWN( |$)/.test(line)) return { status: 'done', value: { version: 1, client: undefined }, used };
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : undefined;
  if (!isAddress) return malformed('the protocol is none of TCP4, TCP6, UNKNOWN');
  if (rest.length > 0 || !isAddress(source) || !isAddress(destination)) return malformed(`the addresses are not of ${family}`);
  if (!isPort(sourcePort) || !isPort(destinationPort)) return malformed('a port is not a number up to 65535');
  return { status: 'done', value: { version: 1, client: { address: normal(source), port: Number(sourcePort) } }, used };
}

function parseV2(bytes: Buffer): Read<ProxyHeader> {
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 0x0f;
  const length = bytes.readUInt16BE(14);
  if (version !== 2) return malformed(`the version is ${version}`);
  if (command > 1) return malformed(`the command is ${command}`);
  if (length > V2_LIMIT) return malformed(`it is said to be ${length} bytes long, more than ${V2_LIMIT}`);
  const used = V2_FIXED + length;
  if (bytes.length < used) return { status: 'more' };
  const nobody: Read<ProxyHeader> = { status: 'done', value: { version: 2, client: undefined }, used };
  if (command === 0) return nobody;
  const body = bytes.subarray(V2_FIXED, used);
  switch (bytes[13]) {
    case 0x00: // unspecified
      return nobody;
    case 0x11: {
      if (length < 12) return malformed('the addresses are cut short');
      return known([...body.subarray(0, 4)].join('.'), body.readUInt16BE(8), used);
    }
    case 0x21: {
      if (length < 36) return malformed('the addresses are cut short');
      const groups = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(index * 2).toString(16));
      return known(normal(groups.join(':')), body.readUInt16BE(32), used);
    }
    case 0x31: // a Unix socket: somebody on the balancer itself
      return length < 216 ? malformed('the addresses are cut short') : nobody;
    default:
      return malformed(`family and protocol are 0x${bytes[13]!.toString(16).padStart(2, '0')}, which is not TCP`);
  }
}

function known(address: string, port: number, used: number): Read<ProxyHeader> {
  return { status: 'done', value: { version: 2, client: { address, port } }, used };
}

/** RFC 5952, and IPv4 as IPv4 when it is mapped into IPv6. */
function normal(address: string): string {
  const { host, kind } = normaliseHost(address);
  const mapped = kind === 'ipv6' ? /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host) : null;
  if (!mapped) return host;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return PORT.test(text) && Number(text) <= 65535;
}

/** Whether the two agree as far as both go. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function malformed(reason: string): Read<never> {
  return { status: 'malformed', reason };
}
