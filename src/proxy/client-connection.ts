// One client of the forward proxy: reads CONNECT and absolute-form requests, and refuses everything else.
//
// In order: is the target well-formed; is its port allowed; may its address be reached. Only then is anything opened. Plain
// `http://` requests are exchanges of their own, so that a client which does not tunnel them is inspected all the same.

import type { Socket } from 'node:net';
import { OWN_HOST } from '../ask-token.ts';
import { DaylightError } from '../errors.ts';
import type { Arrival } from './accept.ts';
import { type Authority, formatAuthority, parseAuthority } from './authority.ts';
import { serveTunnel } from './connect.ts';
import type { Origin } from './dial.ts';
import { Exchange } from './exchange.ts';
import type { PortGuard } from './guard.ts';
import { withhold } from './hop-headers.ts';
import { type Framing, headerValue, type RequestHead } from './http1-head.ts';
import { Http1Connection } from './http1-server.ts';
import type { Http1ServerStream } from './http1-server-stream.ts';
import type { Identified, IdentityRefusal } from './identify/identified.ts';
import { answerUnidentified, unidentifiedError } from './identify/unidentified.ts';
import { NO_TLS, type Tunnel } from './open-flow.ts';
import { isSetupTarget, OwnRelay } from './own-relay.ts';
import { answerAndClose, statusOf } from './plain-answer.ts';
import { isWebSocket, proxyRequest, tunnelRequest } from './proxy-request.ts';
import { REDIRECTED_LOOP, redirectedHead } from './redirected-head.ts';
import type { ProxyServices } from './services.ts';
import type { ProxyRequest, RequestSink } from './stream.ts';
import { checkAddress, checkTarget, recordRefusal } from './target.ts';
import type { TunnelUpstream } from './upstreams.ts';
import { serveWebSocket } from './websocket.ts';

/** One client connection before it becomes a tunnel. */
export class ClientConnection {
  #services: ProxyServices;
  #ports: PortGuard;
  #socket: Socket;
  #connection: Http1Connection;
  #client: Tunnel['client'];
  #onOpen: Arrival['onOpen'];
  #redirected: { port: number } | undefined;
  /** Who made the request that came last. */
  #who: Identified = { principal: { user: '', groups: [], device: '', source: 'address' } };
  /** Servers of absolute-form requests; one entry each. */
  #servers = new Map<string, { upstream: TunnelUpstream; server: Tunnel['server'] }>();

  /**
   * @param arrival with the socket that carries HTTP: the connection itself, or the inside of its TLS
   * @param redirected the port that the client connected to, if it knows of no proxy
   */
  constructor(services: ProxyServices, ports: PortGuard, { socket, client, onOpen }: Arrival, redirected?: { port: number }) {
    this.#redirected = redirected;
    this.#services = services;
    this.#ports = ports;
    this.#socket = socket;
    this.#client = client;
    this.#onOpen = onOpen;
    const { limits, timeouts } = services.config.proxy;
    this.#connection = new Http1Connection(socket, {
      headerBytes: limits.headerBytes,
      headerTimeout: timeouts.header,
      idleTimeout: timeouts.idle,
      requestTimeout: timeouts.request,
      onRequest: (stream, head, framing) => this.#onRequest(stream, head, framing),
      onBadRequest: (error) =>
        services.log.info({ client: this.#client.address, error: error.message }, 'malformed request to the proxy'),
    });
    onOpen(this.#connection);
    socket.on('close', () => {
      for (const { upstream } of this.#servers.values()) upstream.close();
    });
  }

  #onRequest(stream: Http1ServerStream, received: RequestHead, framing: Framing): RequestSink | undefined {
    const head = this.#redirected ? redirectedHead(received, this.#redirected.port) : received;
    this.#who = this.#services.identify(this.#client, head.headers);
    if (this.#who.refusal && !this.#isForOwnPages(head)) return this.#answerUnidentified(stream, head, this.#who.refusal);
    withhold(head.headers, this.#services.withheld);
    const { route } = this.#services;
    if (route.comesBack(head.headers) || (this.#redirected && route.isOwn(this.#socket))) {
      this.#refuse(new DaylightError('ERR_LOOP', this.#redirected ? REDIRECTED_LOOP : PARENT_LOOP), head);
      return undefined;
    }
    if (head.method === 'CONNECT') {
      const early = this.#connection.detach();
      if (early.length > 0) this.#socket.unshift(early);
      void this.#connect(head);
      return undefined;
    }
    // Whoever has no proxy yet asks its port for how to get one.
    if (this.#services.door && isSetupTarget(head.method, head.target))
      return this.#ownPages(stream, tunnelRequest(head, framing, 'http', OWN_HOST), true);
    const request = proxyRequest(head, framing);
    const error = request ? undefined : new DaylightError('ERR_AUTHORITY_INVALID', NOT_A_TARGET);
    if (!request || error) {
      this.#refuse(error!, head);
      return undefined;
    }
    let authority: Authority;
    try {
      authority = this.#check(request.authority, 80);
    } catch (failure) {
      this.#refuse(failure as DaylightError, head);
      return undefined;
    }
    if (this.#services.door && authority.host === OWN_HOST) return this.#ownPages(stream, request, false);
    const tunnel = this.#tunnel(authority);
    const origin: Origin = { scheme: 'http', host: authority.host, port: authority.port, servername: '', alpn: [] };
    if (isWebSocket(head, framing)) {
      void serveWebSocket({ services: this.#services, tunnel, origin, connection: this.#connection, head, request });
      return undefined;
    }
    const { upstream, server } = this.#server(authority, origin, tunnel.server);
    tunnel.server = server;
    const exchange = new Exchange({
      services: this.#services,
      tunnel,
      client: stream,
      request,
      acquire: upstream.acquire,
    });
    stream.sink = exchange;
    exchange.start();
    return exchange;
  }

  #answerUnidentified(stream: Http1ServerStream, head: RequestHead, refusal: IdentityRefusal): RequestSink {
    if (refusal.tell) {
      this.#services.log.warn({ client: this.#client.address, reason: refusal.reason }, 'request without a user that counts');
      this.#record(unidentifiedError(refusal), head);
    }
    return answerUnidentified(stream, refusal, this.#services.unidentified);
  }

  /** They tell how to get a token: nobody needs one to read them. */
  #isForOwnPages({ method, target }: RequestHead): boolean {
    if (!this.#services.door) return false;
    if (method !== 'CONNECT' && isSetupTarget(method, target)) return true;
    const authority = method === 'CONNECT' ? target : (/^http:\/\/([^/?#]+)/i.exec(target)?.[1] ?? '');
    return authority.replace(/:(80|443)$/, '').toLowerCase() === OWN_HOST;
  }

  #ownPages(client: Http1ServerStream, request: ProxyRequest, direct: boolean): RequestSink {
    const { door, config } = this.#services;
    return new OwnRelay({ client, request, address: this.#client.address, door: door!, contact: config.contact, direct });
  }

  #server(
    authority: Authority,
    origin: Origin,
    server: Tunnel['server'],
  ): { upstream: TunnelUpstream; server: Tunnel['server'] } {
    const key = formatAuthority(authority);
    const known = this.#servers.get(key);
    if (known) return known;
    const upstream = this.#services.upstreams.open(origin, (address) => {
      server.address = address;
    });
    const made = { upstream, server };
    this.#servers.set(key, made);
    return made;
  }

  async #connect(head: RequestHead): Promise<void> {
    // Until something is asked for in the tunnel there is nothing to finish.
    this.#onOpen({ shutdown: (gently) => void (gently || this.#socket.destroy()) });
    try {
      const authority = this.#check(head.target, undefined);
      await checkAddress(this.#services, authority);
      if (this.#socket.destroyed) return;
      this.#socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      await serveTunnel({
        services: this.#services,
        socket: this.#socket,
        client: this.#client,
        principal: this.#who.principal,
        stands: this.#who.stands,
        authority,
        agent: headerValue(head.headers, 'user-agent'),
        onOpen: this.#onOpen,
      });
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      this.#refuse(error, head);
    }
  }

  #check(target: string, defaultPort: number | undefined): Authority {
    return checkTarget(this.#services, this.#ports, parseAuthority(target, defaultPort));
  }

  #tunnel(authority: Authority): Tunnel {
    return {
      client: this.#client,
      principal: this.#who.principal,
      server: { host: authority.host, port: authority.port, address: '' },
      tls: NO_TLS,
    };
  }

  /** Answers on the front and closes; a target that could be parsed leaves an event. */
  #refuse(error: DaylightError, head: RequestHead): void {
    const { log } = this.#services;
    log.info({ client: this.#client.address, code: error.code, error: error.message }, 'request to the proxy refused');
    this.#record(error, head);
    answerAndClose(this.#socket, statusOf(error), error.message);
  }

  /** The event of a request that was not served, if its target could be parsed. */
  #record(error: DaylightError, head: RequestHead): void {
    try {
      const authority = parseAuthority(head.target.replace(/^https?:\/\//i, '').replace(/[/?].*$/, ''), 80);
      const { principal } = this.#who;
      recordRefusal(this.#services, { client: this.#client, principal, authority }, error);
    } catch (failure) {
      if (!(failure instanceof DaylightError)) throw failure;
    }
  }
}

const PARENT_LOOP =
  'This request was here before: the parent proxy sends to Daylight what Daylight sends to it. Check proxy.upstream.proxy.';
const NOT_A_TARGET =
  'This is a proxy. Send CONNECT HOST:PORT, or a request with an absolute http:// URL; for https:// use CONNECT. Browsers and tools do this when they are given the proxy address.';
