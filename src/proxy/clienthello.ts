// Decides what the first bytes of a tunnel are: a TLS ClientHello (and what it says), something else, or broken TLS.
//
// The bytes may come in any pieces: TCP segments, several TLS records, a handshake message cut across records. Per push, in
// order: is it TLS at all, take whole records, join their handshake fragments, parse the message when it is complete.
// Lengths are checked before anything is kept, and no more than `limit` bytes ever are. Nothing here throws.
// Formats: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3 (server_name), RFC 7301 (ALPN).

import { type Host, normaliseHost } from './authority.ts';
import { isGrease, ja4, ja4Raw } from './ja4.ts';

export interface ClientHello {
  /** Server name in normal form (see authority.ts), '' without the extension. */
  sni: string;
  /** ALPN protocols in the client's order, GREASE left out. */
  alpn: string[];
  /** Protocol versions on the wire (0x0304 is TLS 1.3), highest first, GREASE left out. */
  versions: number[];
  ja4: string;
  ja4Raw: string;
  /** The encrypted_client_hello extension is present. Browsers also send it filled with random bytes (GREASE ECH). */
  ech: boolean;
  /** The client sends early data (0-RTT) behind this message. */
  earlyData: boolean;
  ciphers: number[];
  extensions: number[];
}

export type PeekResult =
  | { status: 'more' }
  | { status: 'hello'; hello: ClientHello }
  | { status: 'not-tls' }
  | { status: 'malformed'; reason: string };

export interface ClientHelloPeek {
  /**
   * Takes the next bytes as they came from the socket. The caller keeps them: they still have to reach the TLS socket or the
   * tunnel. Once the result is not `more`, it stays what it is.
   */
  push(chunk: Uint8Array): PeekResult;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const MAX_RECORD = 16384;
const EXTENSION = { serverName: 0, signatureAlgorithms: 13, alpn: 16, earlyData: 42, supportedVersions: 43, ech: 0xfe0d };

/** @param options.limit bytes that a ClientHello may take, record headers included; default 64 KiB. */
export function createClientHelloPeek(options: { limit?: number } = {}): ClientHelloPeek {
  const limit = options.limit ?? 64 * 1024;
  let pending: Buffer = Buffer.alloc(0);
  let message: Buffer = Buffer.alloc(0);
  let seen = 0;
  let result: PeekResult = { status: 'more' };

  function read(): PeekResult {
    for (;;) {
      const problem = notTls(pending) ?? badRecordHeader(pending);
      if (problem) return message.length > 0 && problem.status === 'not-tls' ? malformed('a record of another type') : problem;
      if (pending.length < 5) return { status: 'more' };
      const end = 5 + pending.readUInt16BE(3);
      const fragment = pending.subarray(5, end);
      if (message.length === 0 && fragment.length > 0 && fragment[0] !== CLIENT_HELLO)
        return malformed('the first handshake message is not a ClientHello');
      const soFar = message.length === 0 ? fragment : Buffer.concat([message, fragment]);
      const length = soFar.length < 4 ? 0 : 4 + soFar.readUIntBE(1, 3);
      if (length > limit) return malformed(`the ClientHello is longer than ${limit} bytes`);
      if (length > 0 && soFar.length >= length) return parseHello(soFar.subarray(4, length));
      if (pending.length < end) return { status: 'more' };
      message = soFar;
      pending = pending.subarray(end);
    }
  }

  return {
    push(chunk) {
      if (result.status !== 'more') return result;
      const room = limit - seen;
      const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
      seen += taken.length;
      pending = pending.length === 0 ? Buffer.from(taken) : Buffer.concat([pending, taken]);
      result = read();
      if (result.status === 'more' && seen >= limit) result = malformed(`no whole ClientHello within ${limit} bytes`);
      return result;
    },
  };
}

/** The first byte decides; an SSLv2-format hello is TLS in disguise, which must not pass for an opaque tunnel. */
function notTls(bytes: Buffer): PeekResult | undefined {
  const first = bytes[0];
  if (first === undefined || first === HANDSHAKE) return undefined;
  const maybeSslv2 = first >= 0x80 && (bytes[2] ?? 1) === 1 && [undefined, 0, 3].includes(bytes[3]);
  if (!maybeSslv2) return { status: 'not-tls' };
  return bytes.length < 5 ? { status: 'more' } : sslv2(bytes);
}

function sslv2(bytes: Buffer): PeekResult {
  const version = bytes.readUInt16BE(3);
  return version === 2 || (version >= 0x0300 && version <= 0x0304)
    ? malformed('an SSLv2-format ClientHello is not supported')
    : { status: 'not-tls' };
}

function badRecordHeader(bytes: Buffer): PeekResult | undefined {
  // A stranger's protocol may start with 0x16 as well; the version that follows tells.
  if (bytes.length >= 2 && bytes[1] !== 3) return { status: 'not-tls' };
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt16BE(3);
  if (length === 0) return malformed('an empty handshake record');
  if (length > MAX_RECORD) return malformed('a record longer than 16384 bytes');
  return undefined;
}

function malformed(reason: string): PeekResult {
  return { status: 'malformed', reason };
}

/** Reads length-prefixed vectors. Running out of bytes makes it `broken`, and everything read from then on is empty. */
class Cursor {
  broken = false;
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.broken || this.at >= this.bytes.length;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) this.broken = true;
    if (this.broken) return Buffer.alloc(0);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(width: 1 | 2): number {
    const bytes = this.take(width);
    return this.broken ? 0 : bytes.readUIntBE(0, width);
  }

  vector(width: 1 | 2): Buffer {
    return this.take(this.number(width));
  }
}

function parseHello(body: Buffer): PeekResult {
  const cursor = new Cursor(body);
  const legacyVersion = cursor.number(2);
  cursor.take(32); // random
  const sessionId = cursor.vector(1);
  const ciphers = numbers(cursor.vector(2));
  const compression = cursor.vector(1);
  if (cursor.broken || sessionId.length > 32 || !ciphers?.length || compression.length === 0)
    return malformed('the fixed part of the ClientHello is broken');

  const extensions = new Map<number, Buffer>();
  if (!cursor.done) {
    const block = new Cursor(cursor.vector(2));
    while (!block.done) {
      const type = block.number(2);
      const data = block.vector(2);
      // RFC 8446 4.2: at most one extension of a type. Two server names could mean two servers.
      if (extensions.has(type)) return malformed(`extension ${type} comes twice`);
      extensions.set(type, data);
    }
    if (block.broken || !cursor.done || cursor.broken) return malformed('the extensions of the ClientHello are broken');
  }

  const name = serverName(extensions.get(EXTENSION.serverName));
  if (typeof name !== 'string') return malformed(name.reason);
  const protocols = alpnProtocols(extensions.get(EXTENSION.alpn));
  const versions = supportedVersions(extensions.get(EXTENSION.supportedVersions)) ?? undefined;
  const algorithms = listOfNumbers(extensions.get(EXTENSION.signatureAlgorithms), 2);
  if (!protocols || (extensions.has(EXTENSION.supportedVersions) && !versions) || !algorithms)
    return malformed('an extension of the ClientHello is broken');

  const offered = versions ?? [legacyVersion];
  const types = [...extensions.keys()];
  const fingerprint = {
    versions: offered,
    hasSni: extensions.has(EXTENSION.serverName),
    ciphers,
    extensions: types,
    firstAlpn: protocols.find((protocol) => !isGreaseProtocol(protocol)),
    signatureAlgorithms: algorithms,
  };
  return {
    status: 'hello',
    hello: {
      sni: name,
      alpn: protocols.filter((protocol) => !isGreaseProtocol(protocol)),
      versions: offered.filter((version) => !isGrease(version)).sort((a, b) => b - a),
      ja4: ja4(fingerprint),
      ja4Raw: ja4Raw(fingerprint),
      ech: extensions.has(EXTENSION.ech),
      earlyData: extensions.has(EXTENSION.earlyData),
      ciphers,
      extensions: types,
    },
  };
}

/** RFC 6066: a list of names, at most one of each type; only host_name (0) exists. */
function serverName(data: Buffer | undefined): string | { reason: string } {
  if (!data) return '';
  const outer = new Cursor(data);
  const list = new Cursor(outer.vector(2));
  const type = list.number(1);
  const text = list.vector(2).toString('latin1');
  if (outer.broken || !outer.done || list.broken || !list.done || type !== 0)
    return { reason: 'the server name extension is broken' };
  return hostOf(text)?.host ?? { reason: 'the server name is not a host name' };
}

function hostOf(text: string): Host | undefined {
  try {
    return normaliseHost(text);
  } catch {
    return undefined;
  }
}

function alpnProtocols(data: Buffer | undefined): string[] | undefined {
  if (!data) return [];
  const outer = new Cursor(data);
  const list = new Cursor(outer.vector(2));
  const protocols: string[] = [];
  while (!list.done) protocols.push(list.vector(1).toString('latin1'));
  return outer.broken || !outer.done || list.broken || protocols.some((each) => each === '') ? undefined : protocols;
}

function supportedVersions(data: Buffer | undefined): number[] | undefined {
  return data && listOfNumbers(data, 1);
}

/** A vector of 16-bit numbers whose own length takes `width` bytes; undefined when broken. */
function listOfNumbers(data: Buffer | undefined, width: 1 | 2): number[] | undefined {
  if (!data) return [];
  const cursor = new Cursor(data);
  const list = numbers(cursor.vector(width));
  return cursor.broken || !cursor.done ? undefined : list;
}

function numbers(bytes: Buffer): number[] | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16BE(2 * index));
}

function isGreaseProtocol(protocol: string): boolean {
  return protocol.length === 2 && isGrease(Buffer.from(protocol, 'latin1').readUInt16BE(0));
}
