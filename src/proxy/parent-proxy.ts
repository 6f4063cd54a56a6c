// The proxy that requests have to go through to get out (`proxy.upstream.proxy`, or that of a sink): which hosts it covers, and how it is asked.
//
// Tunnels are asked for with CONNECT; plain HTTP requests are sent to it in absolute-form, because most proxies allow CONNECT to
// port 443 alone. It resolves the names of servers; their certificates are verified here all the same. Its own address is the
// operator's choice and not judged. The password is in the requests to it, and nowhere else.

import { readFileSync, statSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { ParentProxyConfig } from '../config/listeners.ts';
import { compileNetwork } from '../engine/network.ts';
import { DaylightError } from '../errors.ts';
import { formatAuthority, normaliseHost } from './authority.ts';
import { dial, type Origin } from './dial.ts';
import { hostMatches } from './host-pattern.ts';
import { formatFields, parseResponseHead, type ResponseHead } from './http1-head.ts';
import { type Read, readStart } from './read-start.ts';
import { createResolver } from './resolve.ts';

export interface ParentProxy {
  /** Whether this host is reached through it. @param host normal form of authority.ts */
  covers(host: string): boolean;
  /** A connection to the parent itself, for requests in absolute-form. @throws DaylightError that names the parent */
  dial(): Promise<Socket>;
  /** A connection through it. @throws DaylightError that names the parent */
  tunnel(authority: { host: string; port: number }): Promise<Socket>;
  /** Header fields of every request in absolute-form: name, value, name, value ... */
  headers: readonly string[];
  /** What an answer to a request in absolute-form means that the parent gave for itself; undefined for that of a server. */
  refusal(head: ResponseHead, place: string): DaylightError | undefined;
  /** Whether a request has been here before: the parent sends to us what we send to it. */
  comesBack(headers: readonly string[]): boolean;
}

export interface ParentProxyOptions {
  /** Milliseconds to connect, and again to be answered. */
  timeout: number;
  /** Tells this appliance from others; the same in all its workers. */
  instance: string;
  /** Where it is configured, for messages. */
  key?: string;
}

const HEAD_LIMIT = 16 * 1024;

/** @throws DaylightError ERR_CONFIG_INVALID if a file cannot be used */
export function createParentProxy(
  config: ParentProxyConfig,
  { timeout, instance, key = 'proxy.upstream.proxy' }: ParentProxyOptions,
): ParentProxy {
  const { hostname, port, protocol } = new URL(config.url);
  const { host } = normaliseHost(hostname);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const origin: Origin = {
    ...{ scheme, host, port: Number(port) || (scheme === 'https' ? 443 : 80) },
    ...{ servername: scheme === 'https' ? host : '', alpn: scheme === 'https' ? ['http/1.1'] : [] },
  };
  const name = `The parent proxy ${scheme}://${formatAuthority(origin)}`;
  const secureContext = createSecureContext({
    ca: [...getCACertificates('default'), ...config.ca.map((file) => readFile(file, key))],
    minVersion: 'TLSv1.2',
  });
  const resolver = createResolver({ guard: { check: () => ({ allowed: true }) } });
  const via = `1.1 daylight-${instance}`;
  const password = config.password ?? (config.passwordFile === undefined ? undefined : readSecret(config.passwordFile, key));
  const credentials = Buffer.from(`${config.username}:${password ?? ''}`, 'utf8').toString('base64');
  const headers = [...(password === undefined ? [] : ['Proxy-Authorization', `Basic ${credentials}`]), 'Via', via];
  const networks = config.bypass.filter((entry) => isIP(entry.split('/')[0]!) !== 0).map(compileNetwork);
  const names = config.bypass.filter((entry) => isIP(entry.split('/')[0]!) === 0);

  async function connect(): Promise<Socket> {
    try {
      return await dial(origin, { resolver, secureContext, timeout });
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      throw new DaylightError(error.code, `${name} cannot be used. ${error.message}`, { cause: error });
    }
  }

  /** @param place what was asked for */
  function refused({ status, reason }: ResponseHead, place: string): DaylightError {
    const said = `${status} ${reason.replace(/[^\x20-\x7e]/g, '').slice(0, 80)}`.trim();
    const problem =
      status === 407
        ? password === undefined
          ? `asks for a name and a password (407). Set username and password under ${key}.`
          : `does not accept the name and the password it was given (407). Check them under ${key}.`
        : status === 403
          ? `does not allow connections to ${place} (${said}).`
          : `could not connect to ${place} (${said}).`;
    return new DaylightError('ERR_UPSTREAM_CONNECT', `${name} ${problem}`);
  }

  return {
    headers,
    covers(asked) {
      if (names.some((pattern) => hostMatches(pattern, asked))) return false;
      return isIP(asked) === 0 || !networks.some((contains) => contains(asked));
    },
    dial: connect,
    async tunnel(authority) {
      const place = formatAuthority(authority);
      const socket = await connect();
      try {
        socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${formatFields(headers)}\r\n`);
        const head = await readStart(socket, parseAnswer, {
          what: 'its answer to CONNECT',
          timeoutMs: timeout,
          error: (message, late) =>
            new DaylightError(
              late ? 'ERR_UPSTREAM_TIMEOUT' : 'ERR_UPSTREAM_PROTOCOL',
              `${name} was asked for ${place}, and ${message}.`,
            ),
        });
        if (head.status < 200 || head.status > 299) throw refused(head, place);
        return socket;
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
    refusal: (head, place) => (head.status === 407 ? refused(head, place) : undefined),
    comesBack: (fields) =>
      fields.some((value, at) => at % 2 === 1 && /^via$/i.test(fields[at - 1]!) && value.includes(via.slice(4))),
  };
}

function parseAnswer(bytes: Buffer): Read<ResponseHead> {
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  if ((end < 0 ? bytes.length : end) > HEAD_LIMIT)
    return { status: 'malformed', reason: `it is longer than ${HEAD_LIMIT} bytes` };
  if (end < 0) return { status: 'more' };
  try {
    return { status: 'done', value: parseResponseHead(bytes.toString('latin1', 0, end)), used: end + 4 };
  } catch (error) {
    if (!(error instanceof DaylightError)) throw error;
    return { status: 'malformed', reason: error.message };
  }
}

function readSecret(file: string, key: string): string {
  const secret = readFile(file, key).replace(/\r?\n$/, '');
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `${key}.passwordFile: others can read ${file} (mode ${mode.toString(8)}); run: chmod 600 ${file}`,
    );
  return secret;
}

function readFile(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DaylightError('ERR_CONFIG_INVALID', `${key}: cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
