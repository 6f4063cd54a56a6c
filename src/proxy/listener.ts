// The front of the proxy: accepts clients, reads CONNECT and absolute-form requests, and refuses everything else.
//
// In order: may this client use the proxy (network, number of connections); is the target well-formed; is its port allowed;
// may its address be reached. Only then is anything opened. Plain `http://` requests are exchanges of their own, so that
// a client which does not tunnel them is inspected all the same.

import { createServer, type Server, type Socket } from 'node:net';
import { OWN_HOST } from '../ask-token.ts';
import { DaylightError } from '../errors.ts';
import { AskRelay } from './ask-relay.ts';
import { type Authority, formatAuthority, parseAuthority } from './authority.ts';
import { serveTunnel } from './connect.ts';
import type { Origin } from './dial.ts';
import { Exchange } from './exchange.ts';
import { type ClientGuard, createClientGuard, createPortGuard, type PortGuard } from './guard.ts';
import type { Framing, RequestHead } from './http1-head.ts';
import { Http1Connection } from './http1-server.ts';
import type { Http1ServerStream } from './http1-server-stream.ts';
import { NO_TLS, type Tunnel } from './open-flow.ts';
import { isWebSocket, proxyRequest } from './proxy-request.ts';
import { recordTunnel } from './record-tunnel.ts';
import type { ProxyServices } from './services.ts';
import type { RequestSink } from './stream.ts';
import type { TunnelUpstream } from './upstreams.ts';
import { serveWebSocket } from './websocket.ts';

export interface ProxyListener {
  server: Server;
  /** Stops accepting, lets open exchanges finish for `drainMs`, then ends them. */
  stop(drainMs: number): Promise<void>;
}

interface Open {
  shutdown(): void;
}

export function createListener(services: ProxyServices): ProxyListener {
  const { config, log } = services;
  const guards = { clients: createClientGuard(config.proxy.clients), ports: createPortGuard(config.proxy.ports) };
  const sockets = new Map<Socket, Open | undefined>();
  const perClient = new Map<string, number>();
  const { limits } = config.proxy;

  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (socket) => {
      const address = socket.remoteAddress ?? '';
      const verdict = guards.clients.check(address);
      const count = perClient.get(address) ?? 0;
      if (!verdict.allowed || count >= limits.connectionsPerClient || sockets.size >= limits.connections) {
        const tooMany =
          sockets.size >= limits.connections
            ? `more than ${limits.connections} connections in all`
            : `more than ${limits.connectionsPerClient} connections from one client`;
        const reason = verdict.allowed ? tooMany : verdict.reason;
        log.warn({ client: address, reason }, 'client refused');
        socket.on('error', () => {});
        socket.end(plainAnswer(verdict.allowed ? 503 : 403, `Daylight does not serve this client: ${reason}\n`));
        socket.destroySoon();
        return;
      }
      perClient.set(address, count + 1);
      sockets.set(socket, undefined);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        const left = (perClient.get(address) ?? 1) - 1;
        if (left > 0) perClient.set(address, left);
        else perClient.delete(address);
      });
      new ClientConnection(services, guards, socket, (open) => sockets.set(socket, open));
    },
  );

  return {
    server,
    async stop(drainMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const [socket, open] of sockets) {
        if (open) open.shutdown();
        else socket.end();
      }
      const timer = setTimeout(() => {
        for (const socket of sockets.keys()) socket.destroy();
      }, drainMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** One client connection before it becomes a tunnel. */
class ClientConnection {
  #services: ProxyServices;
  #guards: { clients: ClientGuard; ports: PortGuard };
  #socket: Socket;
  #connection: Http1Connection;
  #client: Tunnel['client'];
  #onOpen: (open: Open) => void;
  /** Servers of absolute-form requests; one entry each. */
  #servers = new Map<string, { upstream: TunnelUpstream; server: Tunnel['server'] }>();

  constructor(
    services: ProxyServices,
    guards: { clients: ClientGuard; ports: PortGuard },
    socket: Socket,
    onOpen: (open: Open) => void,
  ) {
    this.#services = services;
    this.#guards = guards;
    this.#socket = socket;
    this.#client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
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

  #onRequest(stream: Http1ServerStream, head: RequestHead, framing: Framing): RequestSink | undefined {
    if (head.method === 'CONNECT') {
      const early = this.#connection.detach();
      if (early.length > 0) this.#socket.unshift(early);
      void this.#connect(head);
      return undefined;
    }
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
    const { ask, config } = this.#services;
    if (ask && authority.host === OWN_HOST) {
      return new AskRelay({ client: stream, request, address: this.#client.address, door: ask.door, contact: config.contact });
    }
    const tunnel = this.#tunnel(authority, head);
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
    this.#onOpen({ shutdown: () => this.#socket.destroy() });
    try {
      const authority = this.#check(head.target, undefined);
      if (authority.host !== OWN_HOST || !this.#services.ask) await this.#services.resolver.resolve(authority.host);
      if (this.#socket.destroyed) return;
      this.#socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      const principal = this.#services.identify(this.#client, head.headers);
      await serveTunnel({
        services: this.#services,
        socket: this.#socket,
        client: this.#client,
        principal,
        authority,
        onOpen: this.#onOpen,
      });
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      this.#refuse(error, head);
    }
  }

  #check(target: string, defaultPort: number | undefined): Authority {
    const authority = parseAuthority(target, defaultPort);
    if (this.#services.ask && authority.host === OWN_HOST) {
      if (authority.port === 80) return authority;
      throw new DaylightError('ERR_PORT_REFUSED', `Use http://${OWN_HOST}/, without TLS and without a port.`);
    }
    const port = this.#guards.ports.check(authority.port);
    if (!port.allowed) throw new DaylightError('ERR_PORT_REFUSED', port.reason);
    return authority;
  }

  #tunnel(authority: Authority, head: RequestHead): Tunnel {
    return {
      client: this.#client,
      principal: this.#services.identify(this.#client, head.headers),
      server: { host: authority.host, port: authority.port, address: '' },
      tls: NO_TLS,
    };
  }

  /** Answers on the front and closes; a target that could be parsed leaves an event. */
  #refuse(error: DaylightError, head: RequestHead): void {
    const { log, now } = this.#services;
    const start = now();
    log.info({ client: this.#client.address, code: error.code, error: error.message }, 'request to the proxy refused');
    try {
      const tunnel = this.#tunnel(parseAuthority(head.target.replace(/^https?:\/\//i, '').replace(/[/?].*$/, ''), 80), head);
      recordTunnel(this.#services, tunnel, {
        start,
        inspected: 'opaque',
        up: 0,
        down: 0,
        error: `${error.code}: ${error.message}`,
      });
    } catch (failure) {
      if (!(failure instanceof DaylightError)) throw failure;
    }
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.end(plainAnswer(STATUS[error.code] ?? 502, `${error.message}\n`));
    this.#socket.on('data', () => {});
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), 2000).unref();
  }
}

const NOT_A_TARGET =
  'This is a proxy. Send CONNECT HOST:PORT, or a request with an absolute http:// URL; for https:// use CONNECT. Browsers and tools do this when they are given the proxy address.';

const STATUS: Partial<Record<DaylightError['code'], number>> = {
  ERR_AUTHORITY_INVALID: 400,
  ERR_HTTP_SYNTAX: 400,
  ERR_PORT_REFUSED: 403,
  ERR_ADDRESS_REFUSED: 403,
};

function plainAnswer(status: number, text: string): string {
  const reason = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway', 503: 'Service Unavailable' }[status] ?? 'Error';
  return `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`;
}
