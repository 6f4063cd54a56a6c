// Decides what HOST:PORT a text names: the target of CONNECT, the Host or :authority field, the server name of a ClientHello.
//
// Everything that compares, resolves or certifies a host works on the one normal form made here: lower case, no final dot,
// A-labels, IPv6 as RFC 5952 without brackets. In order: forbidden characters, then IPv6 literal, IPv4 literal, name.
// A spelling that two parsers could read differently (127.1, 0x7f.1, 2130706433, percent escapes) is refused, not guessed.

import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { DaylightError } from '../errors.ts';

export type HostKind = 'name' | 'ipv4' | 'ipv6';

export interface Host {
  /** Normal form; an IPv6 address has no brackets. */
  host: string;
  kind: HostKind;
}

export interface Authority extends Host {
  port: number;
}

const MAX_NAME = 253;
const MAX_LABEL = 63;

const PLAIN_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
/** A last label that the WHATWG URL parser would take for a number, which makes the whole host an IPv4 address. */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]+$/;
const PORT = /^[1-9]\d{0,4}$/;
/** Controls, space, DEL, and what delimits a host in a URL or never belongs into one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const FORBIDDEN = /[\u0000-\u0020\u007f%@/\\?#"<>^`{|}]/;

/**
 * Reads `HOST:PORT`, or `HOST` where a default port is known. Text is what an HTTP parser delivers: bytes above 0x7f that
 * form UTF-8 are read as such.
 *
 * @param defaultPort used when the text names no port; without it a missing port is an error (CONNECT, RFC 9110 9.3.6).
 * @throws DaylightError ERR_AUTHORITY_INVALID
 */
export function parseAuthority(text: string, defaultPort?: number): Authority {
  const { hostText, portText } = splitPort(text);
  const { host, kind } = hostText.startsWith('[') ? parseIpv6(hostText, text) : normaliseHost(hostText);
  if (portText === undefined) {
    if (defaultPort === undefined) throw invalid(text, 'it names no port; write HOST:PORT, e.g. example.com:443');
    return { host, port: defaultPort, kind };
  }
  const port = PORT.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65535) throw invalid(text, 'the port must be a number from 1 to 65535 without leading zeros');
  return { host, port, kind };
}

/**
 * The normal form of a host without port. IPv6 may come with or without brackets.
 *
 * @throws DaylightError ERR_AUTHORITY_INVALID
 */
export function normaliseHost(text: string): Host {
  if (text.startsWith('[')) return parseIpv6(text, text);
  if (text.includes(':')) return parseIpv6(`[${text}]`, text);
  if (text === '') throw invalid(text, 'it names no host');
  if (text.length > 4 * MAX_NAME) throw invalid(text, `a host name has at most ${MAX_NAME} characters`);
  if (FORBIDDEN.test(text)) throw invalid(text, 'it holds a character that no host name has');
  const ascii = toAscii(text);
  const host = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  if (IPV4.test(host)) return { host, kind: 'ipv4' };
  if (ENDS_IN_NUMBER.test(host)) throw invalid(text, 'write an IPv4 address as four decimal numbers, e.g. 192.0.2.1');
  if (host.length > MAX_NAME) throw invalid(text, `a host name has at most ${MAX_NAME} characters`);
  if (!PLAIN_NAME.test(host)) throw invalid(text, 'labels are letters, digits, - and _, separated by single dots');
  if (host.split('.').some((label) => label.length > MAX_LABEL))
    throw invalid(text, `a label of a host name has at most ${MAX_LABEL} characters`);
  return { host, kind: 'name' };
}

/** `host:port` with brackets around IPv6; the port is left out where it is the default. */
export function formatAuthority(authority: { host: string; port: number }, defaultPort?: number): string {
  const host = formatHost(authority.host);
  return authority.port === defaultPort ? host : `${host}:${authority.port}`;
}

/** A normalised host as it stands in a URL or a Host field. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether two authorities are the same place. Both sides come from `parseAuthority`, so this is plain equality. */
export function sameAuthority(a: { host: string; port: number }, b: { host: string; port: number }): boolean {
  return a.host === b.host && a.port === b.port;
}

function splitPort(text: string): { hostText: string; portText: string | undefined } {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) throw invalid(text, 'the bracket of the IPv6 address is not closed');
    const rest = text.slice(end + 1);
    if (rest === '') return { hostText: text, portText: undefined };
    if (!rest.startsWith(':')) throw invalid(text, 'after the IPv6 address only :PORT may follow');
    return { hostText: text.slice(0, end + 1), portText: rest.slice(1) };
  }
  const colon = text.indexOf(':');
  if (colon < 0) return { hostText: text, portText: undefined };
  if (text.indexOf(':', colon + 1) >= 0) throw invalid(text, 'write an IPv6 address in brackets, e.g. [2001:db8::1]:443');
  return { hostText: text.slice(0, colon), portText: text.slice(colon + 1) };
}

function parseIpv6(bracketed: string, whole: string): Host {
  const inner = bracketed.slice(1, -1);
  if (!bracketed.endsWith(']') || !IPV6_CHARACTERS.test(inner) || !isIPv6(inner))
    throw invalid(whole, 'the IPv6 address in brackets is not one (zone ids are not accepted)');
  return { host: new URL(`http://[${inner}]`).hostname.slice(1, -1), kind: 'ipv6' };
}

/** Lower-case ASCII form of a name; IDNs become A-labels (UTS #46). */
function toAscii(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  const ascii = domainToASCII(fromLatin1(text));
  // UTS #46 turns full-width digits into ASCII, and domainToASCII reads the result like a URL: １２７.1 as 127.0.0.1.
  if (ascii === '' || IPV4.test(ascii)) throw invalid(text, 'it is not a valid international domain name');
  return ascii;
}

/** HTTP parsers deliver bytes as Latin-1. No real name is made of UTF-8 read as Latin-1, so what decodes was UTF-8. */
function fromLatin1(text: string): string {
  if (/[\u0100-\uffff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

function invalid(text: string, why: string): DaylightError {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
  return new DaylightError('ERR_AUTHORITY_INVALID', `${shown} is not a host and port: ${why}`);
}
