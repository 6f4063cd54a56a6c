// The messages of SOCKS 5: greeting, name and password, request, and the answers to them (RFC 1928, RFC 1929).
//
// Strict and bounded: a message is at most a few hundred bytes, and what the RFCs do not define is malformed.

import type { Read } from './read-start.ts';

export const METHOD = { none: 0x00, password: 0x02, unacceptable: 0xff } as const;

/** Reply codes of RFC 1928 section 6. */
export const REPLY = {
  succeeded: 0x00,
  failure: 0x01,
  notAllowed: 0x02,
  hostUnreachable: 0x04,
  commandNotSupported: 0x07,
  addressTypeNotSupported: 0x08,
} as const;

export interface SocksRequest {
  /** 1 is CONNECT, 2 BIND, 3 UDP ASSOCIATE. */
  command: number;
  /** As the client wrote it, addresses without brackets; undefined for a type of address that there is not. */
  host: string | undefined;
  port: number;
}

/** @returns the methods that the client offers */
export function parseGreeting(bytes: Buffer): Read<number[]> {
  if (bytes[0] !== 5) return malformed(notSocks(bytes[0]!));
  const count = bytes[1];
  if (count === undefined) return { status: 'more' };
  if (count === 0) return malformed('it offers no method of authentication');
  if (bytes.length < 2 + count) return { status: 'more' };
  return { status: 'done', value: [...bytes.subarray(2, 2 + count)], used: 2 + count };
}

export function parseCredentials(bytes: Buffer): Read<{ name: string; password: string }> {
  if (bytes[0] !== 1) return malformed(`the version of the authentication is ${bytes[0]}, not 1`);
  const nameEnd = 2 + (bytes[1] ?? 0);
  const passwordLength = bytes[nameEnd];
  if (bytes.length < 2 || passwordLength === undefined) return { status: 'more' };
  const used = nameEnd + 1 + passwordLength;
  if (bytes.length < used) return { status: 'more' };
  const value = { name: bytes.toString('utf8', 2, nameEnd), password: bytes.toString('utf8', nameEnd + 1, used) };
  return { status: 'done', value, used };
}

export function parseRequest(bytes: Buffer): Read<SocksRequest> {
  if (bytes[0] !== 5) return malformed(`the version of the request is ${bytes[0]}, not 5`);
  const [, command, reserved, type, first] = bytes;
  if (reserved !== undefined && reserved !== 0) return malformed(`the reserved byte of the request is ${reserved}, not 0`);
  if (command === undefined || type === undefined) return { status: 'more' };
  if (type !== 1 && type !== 3 && type !== 4)
    return { status: 'done', value: { command, host: undefined, port: 0 }, used: bytes.length };
  if (first === undefined) return { status: 'more' };
  if (type === 3 && first === 0) return malformed('the host name is empty');
  const start = type === 3 ? 5 : 4;
  const end = start + { 1: 4, 3: first, 4: 16 }[type];
  if (bytes.length < end + 2) return { status: 'more' };
  const address = bytes.subarray(start, end);
  return { status: 'done', value: { command, host: hostOf(type, address), port: bytes.readUInt16BE(end) }, used: end + 2 };
}

/** The answer to a request. Nothing is bound here that the client could use, so the address in it is 0.0.0.0:0. */
export function formatReply(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

function hostOf(type: 1 | 3 | 4, address: Buffer): string {
  if (type === 1) return [...address].join('.');
  if (type === 3) return address.toString('latin1');
  return Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16)).join(':');
}

function notSocks(first: number): string {
  if (first === 4) return 'it is SOCKS 4, and only SOCKS 5 is spoken here';
  if (first === 0x16) return 'it is TLS; this port speaks SOCKS 5';
  if (first >= 0x41 && first <= 0x5a) return 'it looks like HTTP; this port speaks SOCKS 5';
  return `its version is ${first}, not 5`;
}

function malformed(reason: string): Read<never> {
  return { status: 'malformed', reason };
}
