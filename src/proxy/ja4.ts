// JA4, the fingerprint of a TLS client: what its ClientHello offers, in a form that does not change with the order in which
// a browser shuffles its extensions. Algorithm: FoxIO JA4 for TLS over TCP (technical_details/JA4.md, BSD 3-Clause).

import { createHash } from 'node:crypto';

/** What of a ClientHello goes into the fingerprint. Numbers as on the wire, in order, GREASE included. */
export interface Ja4Input {
  /** `supported_versions`, or the one legacy version where that extension is absent. */
  versions: readonly number[];
  /** The server_name extension is present. */
  hasSni: boolean;
  ciphers: readonly number[];
  /** Extension types. */
  extensions: readonly number[];
  /** First ALPN protocol as Latin-1 text; undefined without the extension. */
  firstAlpn: string | undefined;
  signatureAlgorithms: readonly number[];
}

const VERSIONS: Record<number, string> = { 772: '13', 771: '12', 770: '11', 769: '10', 768: 's3', 2: 's2' };
const SERVER_NAME = 0x0000;
const ALPN = 0x0010;
const NOTHING = '000000000000';

export function ja4(input: Ja4Input): string {
  const { head, ciphers, extensions } = parts(input);
  return `${head}_${ciphers === '' ? NOTHING : hash(ciphers)}_${extensions === '' ? NOTHING : hash(extensions)}`;
}

/** The same before hashing (`JA4_r`), for a person who compares two clients. */
export function ja4Raw(input: Ja4Input): string {
  const { head, ciphers, extensions } = parts(input);
  return `${head}_${ciphers}_${extensions}`;
}

/** GREASE values (RFC 8701): both bytes equal, low nibble a. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function parts(input: Ja4Input): { head: string; ciphers: string; extensions: string } {
  const ciphers = input.ciphers.filter((value) => !isGrease(value));
  const extensions = input.extensions.filter((value) => !isGrease(value));
  const algorithms = input.signatureAlgorithms.filter((value) => !isGrease(value));
  const version = VERSIONS[Math.max(0, ...input.versions.filter((value) => !isGrease(value)))] ?? '00';
  const head = `t${version}${input.hasSni ? 'd' : 'i'}${count(ciphers)}${count(extensions)}${alpnLetters(input.firstAlpn)}`;
  const counted = extensions.filter((value) => value !== SERVER_NAME && value !== ALPN);
  const suffix = algorithms.length === 0 ? '' : `_${algorithms.map(hex).join(',')}`;
  return {
    head,
    ciphers: ciphers.map(hex).sort().join(','),
    extensions: counted.length === 0 ? '' : `${counted.map(hex).sort().join(',')}${suffix}`,
  };
}

/** First and last character of the first ALPN protocol; of its hexadecimal form where one of them is not alphanumeric. */
function alpnLetters(first: string | undefined): string {
  if (!first) return '00';
  const ends = `${first[0]}${first.at(-1)}`;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const digits = Buffer.from(first, 'latin1').toString('hex');
  return `${digits[0]}${digits.at(-1)}`;
}

function count(values: readonly number[]): string {
  return String(Math.min(99, values.length)).padStart(2, '0');
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
