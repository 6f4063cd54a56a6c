// The SOCKS 5 door: CONNECT alone, with or without name and password. What a request leads to is a tunnel like that of an HTTP
// CONNECT (connect.ts): as there, success means that the place may be reached; it is dialled when the client has said something.
//
// In order: greeting, authentication, request, all within one span of time; then the same judgement as for CONNECT.

import { setTimeout as sleep } from 'node:timers/promises';
import { DaylightError } from '../errors.ts';
import type { Arrival } from './accept.ts';
import { type Authority, normaliseHost } from './authority.ts';
import type { Client } from './client.ts';
import { serveTunnel } from './connect.ts';
import type { PortGuard } from './guard.ts';
import { unidentifiedError } from './identify/unidentified.ts';
import { type Read, readStart } from './read-start.ts';
import type { ProxyServices } from './services.ts';
import {
  formatReply,
  METHOD,
  parseCredentials,
  parseGreeting,
  parseRequest,
  REPLY,
  type SocksRequest,
} from './socks-messages.ts';
import { checkAddress, checkTarget, recordRefusal } from './target.ts';

const REPLIES: Partial<Record<DaylightError['code'], number>> = {
  ERR_PORT_REFUSED: REPLY.notAllowed,
  ERR_ADDRESS_REFUSED: REPLY.notAllowed,
  ERR_IDENTITY: REPLY.notAllowed,
  ERR_DNS: REPLY.hostUnreachable,
};
/** How long a client may take to read why it was refused, milliseconds. */
const LINGER_MS = 2_000;

export async function serveSocks(services: ProxyServices, ports: PortGuard, { socket, client, onOpen }: Arrival): Promise<void> {
  const { log, config } = services;
  const deadline = performance.now() + config.proxy.timeouts.header;
  const next = <T>(what: string, parse: (bytes: Buffer) => Read<T>): Promise<T> =>
    readStart(socket, parse, { what, timeoutMs: Math.max(0, deadline - performance.now()) });

  function end(answer: Buffer): void {
    socket.end(answer);
    socket.on('data', () => {});
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  try {
    const methods = await next('the SOCKS greeting', parseGreeting);
    const method = [METHOD.password, METHOD.none].find((known) => methods.includes(known)) ?? METHOD.unacceptable;
    if (method === METHOD.unacceptable) {
      log.info({ client: client.address, methods }, 'a SOCKS client offers no method of authentication that is known here');
      end(Buffer.from([5, method]));
      return;
    }
    socket.write(Buffer.from([5, method]));
    const who =
      method === METHOD.password ? withCredentials(client, await next('the SOCKS authentication', parseCredentials)) : client;
    const { principal, refusal, stands } = services.identify(who, []);
    if (method === METHOD.password) {
      if (refusal) {
        log.info({ client: client.address, reason: refusal.reason }, 'SOCKS client without a user that counts');
        await sleep(refusal.delayMs);
        end(Buffer.from([1, 1]));
        return;
      }
      socket.write(Buffer.from([1, 0]));
    }
    const request = await next('the SOCKS request', parseRequest);
    let authority: Authority | undefined;
    try {
      authority = authorityOf(request);
      if (refusal) throw unidentifiedError(refusal);
      checkTarget(services, ports, authority);
      await checkAddress(services, authority);
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      log.info({ client: client.address, code: error.code, error: error.message }, 'SOCKS request refused');
      if (authority && (!refusal || refusal.tell)) recordRefusal(services, { client: who, principal, authority }, error);
      end(formatReply(replyTo(request, error)));
      return;
    }
    if (socket.destroyed) return;
    socket.write(formatReply(REPLY.succeeded));
    await serveTunnel({ services, socket, client: who, principal, stands, authority, onOpen });
  } catch (error) {
    if (!(error instanceof DaylightError)) throw error;
    log.info({ client: client.address, error: error.message }, 'SOCKS client refused');
    socket.destroy();
  }
}

/** An empty name is none: some clients always send one. */
function withCredentials(client: Client, credentials: { name: string; password: string }): Client {
  return credentials.name === '' ? client : { ...client, credentials };
}

/** @throws DaylightError if the request cannot lead anywhere */
function authorityOf({ command, host, port }: SocksRequest): Authority {
  if (command !== 1)
    throw new DaylightError('ERR_AUTHORITY_INVALID', `SOCKS command ${command} is not served, only CONNECT (1).`);
  if (host === undefined) throw new DaylightError('ERR_AUTHORITY_INVALID', 'The SOCKS request has an unknown type of address.');
  if (port === 0) throw new DaylightError('ERR_AUTHORITY_INVALID', 'The SOCKS request names port 0.');
  return { ...normaliseHost(host), port };
}

function replyTo({ command, host }: SocksRequest, error: DaylightError): number {
  if (command !== 1) return REPLY.commandNotSupported;
  if (host === undefined) return REPLY.addressTypeNotSupported;
  return REPLIES[error.code] ?? REPLY.failure;
}
