// Serves the HTTP inside a tunnel, on a socket that is ready for it: decrypted TLS, or plain.
//
// Every request's authority must be the one the tunnel was opened for (after normalisation); another one is answered 421 and
// never leaves. WebSocket requests leave this path.

import { constants, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OWN_HOST } from '../ask-token.ts';
import { DaylightError } from '../errors.ts';
import type { Open } from './accept.ts';
import { formatAuthority, parseAuthority, sameAuthority } from './authority.ts';
import type { Origin } from './dial.ts';
import { Exchange } from './exchange.ts';
import { withhold } from './hop-headers.ts';
import { Http1Connection } from './http1-server.ts';
import { serveHttp2 } from './http2-server.ts';
import type { Tunnel } from './open-flow.ts';
import { OwnRelay } from './own-relay.ts';
import { isWebSocket, tunnelRequest } from './proxy-request.ts';
import { noteLeaving, recordTunnel } from './record-tunnel.ts';
import type { ProxyServices } from './services.ts';
import type { ClientStream, ProxyRequest, RequestSink } from './stream.ts';
import type { Acquire, TunnelUpstream } from './upstreams.ts';
import { serveWebSocket } from './websocket.ts';

export interface InnerService {
  services: ProxyServices;
  tunnel: Tunnel;
  scheme: 'http' | 'https';
  /** Host and port that requests must name. */
  expected: { host: string; port: number };
  /** The authority that a request named last, and that was the expected one. */
  agreed?: string;
  origin: Origin;
  /** Undefined when `refusal` is set. */
  upstream: TunnelUpstream | undefined;
  /** Every request gets this error. */
  refusal: DaylightError | undefined;
  /** Told of each open connection, so that a shutdown can end it in order. */
  onOpen(connection: Open): void;
}

const LAST_STREAM = 2 ** 31 - 1;
const NOTICE_MS = 5_000;
/** How soon a client leaves that does not like the certificate, milliseconds. */
const AT_ONCE_MS = 1_000;
const NO_UPSTREAM: Acquire = (_sink, _fresh, ready) => ready(undefined);

/** Serves HTTP/2. */
export function serveHttp2Requests(socket: Duplex, inner: InnerService): void {
  const { config } = inner.services;
  const noteAsked = watchForLeaving(socket, inner);
  const session = serveHttp2(socket, {
    scheme: inner.scheme,
    headerBytes: config.proxy.limits.headerBytes,
    idleTimeout: config.proxy.timeouts.idle,
    requestTimeout: config.proxy.timeouts.request,
    onRequest: (stream, request) => {
      noteAsked();
      withhold(request.headers, inner.services.withheld);
      const relay = ownRequest(inner, stream, request);
      if (relay) return relay;
      const exchange = open(inner, stream, request);
      begin(inner, exchange, request);
      return exchange;
    },
  });
  session.on('close', () => inner.upstream?.close());
  inner.onOpen({ shutdown: (gently) => (gently ? retire(session) : session.close()) });
}

/** Asks the client to open no more streams, and closes when it has had time to hear of it: none that is under way gets lost (RFC 9113 6.8). */
function retire(session: ServerHttp2Session): void {
  if (session.destroyed || session.closed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  setTimeout(() => session.close(), NOTICE_MS).unref();
}

/** Serves HTTP/1. */
export function serveHttp1Requests(socket: Duplex & Pick<Socket, 'setTimeout'>, inner: InnerService): void {
  const { config, now } = inner.services;
  const start = now();
  const noteAsked = watchForLeaving(socket, inner);
  const connection = new Http1Connection(socket, {
    headerBytes: config.proxy.limits.headerBytes,
    headerTimeout: config.proxy.timeouts.header,
    idleTimeout: config.proxy.timeouts.idle,
    requestTimeout: config.proxy.timeouts.request,
    onRequest: (stream, head, framing) => {
      noteAsked();
      withhold(head.headers, inner.services.withheld);
      const request = tunnelRequest(head, framing, inner.scheme, formatAuthority(inner.expected));
      const relay = ownRequest(inner, stream, request);
      if (relay) return relay;
      if (isWebSocket(head, framing) && !refusalOf(inner, request)) {
        const { services, tunnel, origin } = inner;
        void serveWebSocket({ services, tunnel, origin, connection, head, request });
        return undefined;
      }
      const exchange = open(inner, stream, request);
      stream.sink = exchange;
      begin(inner, exchange, request);
      return exchange;
    },
    onBadRequest: (error) => {
      noteAsked();
      recordTunnel(inner.services, inner.tunnel, {
        start,
        inspected: 'opaque',
        up: 0,
        down: 0,
        error: `${error.code}: ${error.message}`,
      });
    },
  });
  socket.on('close', () => inner.upstream?.close());
  inner.onOpen(connection);
}

/**
 * Notes that the client left right after the TLS handshake without a word. Connections that browsers keep in reserve are left without a
 * request, too, but not at once.
 *
 * @returns to be called when the client says something
 */
function watchForLeaving(socket: Duplex, { scheme, services, tunnel }: InnerService): () => void {
  let asked = scheme === 'http';
  const start = services.now();
  socket.once('close', () => {
    if (asked || services.now() - start > AT_ONCE_MS) return;
    noteLeaving(services, tunnel, start);
  });
  return () => {
    asked = true;
  };
}

/** A tunnel to the appliance's own host leads to its own pages, whatever the request names. */
function ownRequest(
  { services, expected, tunnel }: InnerService,
  client: ClientStream,
  request: ProxyRequest,
): RequestSink | undefined {
  if (expected.host !== OWN_HOST || !services.door) return undefined;
  const { contact } = services.config;
  return new OwnRelay({ client, request, address: tunnel.client.address, door: services.door, contact });
}

function open(inner: InnerService, client: ClientStream, request: ProxyRequest): Exchange {
  return new Exchange({
    services: inner.services,
    tunnel: inner.tunnel,
    client,
    request,
    acquire: inner.upstream?.acquire ?? NO_UPSTREAM,
  });
}

function begin(inner: InnerService, exchange: Exchange, request: ProxyRequest): void {
  const refusal = refusalOf(inner, request);
  if (refusal) exchange.refuse(refusal);
  else exchange.start();
}

function refusalOf(inner: InnerService, request: ProxyRequest): DaylightError | undefined {
  const { stands } = inner.tunnel;
  if (stands && !stands()) return new DaylightError('ERR_IDENTITY', LAPSED);
  return inner.refusal ?? misdirected(inner, request);
}

const LAPSED = 'The proxy token that this tunnel was opened with was revoked or has ended. Get a new one and connect again.';

function misdirected(inner: InnerService, request: ProxyRequest): DaylightError | undefined {
  const { expected, scheme } = inner;
  // Clients say the same on every request of a tunnel.
  if (request.authority === inner.agreed && request.scheme === scheme) return undefined;
  const named = `The request is for ${JSON.stringify(request.authority)}, but the tunnel was opened for ${formatAuthority(expected)}.`;
  if (request.scheme !== scheme)
    return new DaylightError('ERR_MISDIRECTED', `The request is for ${request.scheme}, but the tunnel carries ${scheme}.`);
  try {
    const authority = parseAuthority(request.authority, scheme === 'https' ? 443 : 80);
    if (sameAuthority(authority, expected)) {
      inner.agreed = request.authority;
      return undefined;
    }
    return new DaylightError('ERR_MISDIRECTED', `${named} Daylight never forwards to another host than the tunnel's.`);
  } catch (error) {
    return error instanceof DaylightError ? error : new DaylightError('ERR_AUTHORITY_INVALID', named, { cause: error });
  }
}
