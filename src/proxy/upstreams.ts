// Connections to servers: verified once, shared between clients, kept while they are useful.
//
// For each origin (scheme, address, certificate name, ALPN offer) in order: an HTTP/2 session with room; an idle HTTP/1
// connection; a new one. What `verify` learns about an origin (reachable, trusted, which protocol) holds for a while, so that
// the next client is answered without a new handshake; any failed dial forgets it. A connection bound to one client by its
// authentication (NTLM, Negotiate) never enters the pool.

import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { formatAuthority } from './authority.ts';
import { explainBroken, type Origin } from './dial.ts';
import { Http1Upstream } from './http1-upstream.ts';
import { Http2Upstream } from './http2-upstream.ts';
import type { Reached, Route } from './route.ts';
import type { ResponseSink, UpstreamStream } from './stream.ts';

/** `ready` is called in the same turn when a connection is idle. `fresh`: do not reuse one. */
export type Acquire = (
  sink: ResponseSink,
  fresh: boolean,
  ready: (stream: UpstreamStream | undefined, error?: DaylightError) => void,
) => void;

/** The upstream side of one client connection. */
export interface TunnelUpstream {
  acquire: Acquire;
  /** The client connection is over: frees what was bound to it. */
  close(): void;
}

export interface Upstreams {
  /** Makes sure that the origin can be reached and trusted. @returns the protocol it chose. */
  verify(origin: Origin): Promise<{ alpn: string; address: string }>;
  open(origin: Origin, onAddress: (address: string) => void): TunnelUpstream;
  /** A new HTTP/1.1 connection outside the pool, for WebSocket. */
  dialHttp1(origin: Origin, sink: ResponseSink): Promise<Http1Upstream>;
  /** A connection outside the pool for what is not HTTP: TCP, or verified TLS. */
  dialRaw(origin: Origin): Promise<Reached>;
  close(): void;
  readonly stats: { idle: number; origins: number; dials: number };
}

/** Milliseconds that a verified origin is taken as known. */
const KNOWN_MS = 5 * 60_000;
const IDLE_PER_ORIGIN = 64;
/** Connections that are being opened to one origin at once; further exchanges wait for one of them to get free or fail. */
const DIALS_PER_ORIGIN = 32;
const ORIGINS = 4096;

interface Pool {
  origin: Origin;
  idle: { connection: Http1Upstream; until: number }[];
  h2: Http2Upstream | undefined;
  pending: Promise<Http1Upstream | Http2Upstream> | undefined;
  dialling: number;
  /** Exchanges that wait because of DIALS_PER_ORIGIN, first come first served. */
  waiting: { again(): void; fail(error: DaylightError): void }[];
  known: { alpn: string; address: string; until: number } | undefined;
  session: Buffer | undefined;
}

export function createUpstreams(config: Config['proxy'], route: Route): Upstreams {
  const pools = new Map<string, Pool>();
  const stats = { idle: 0, origins: 0, dials: 0 };
  const owners = new WeakMap<Http1Upstream, (connection: Http1Upstream) => void>();
  const claimed = new WeakSet<Http1Upstream>();
  const sweeper = setInterval(sweep, 5_000).unref();

  function poolOf(origin: Origin): Pool {
    const key = `${origin.scheme}://${formatAuthority(origin)}|${origin.servername}|${origin.alpn.join(',')}`;
    let pool = pools.get(key);
    if (pool) return pool;
    if (pools.size >= ORIGINS) evict();
    pool = {
      origin,
      idle: [],
      h2: undefined,
      pending: undefined,
      dialling: 0,
      waiting: [],
      known: undefined,
      session: undefined,
    };
    pools.set(key, pool);
    stats.origins = pools.size;
    return pool;
  }

  function evict(): void {
    for (const [key, pool] of pools) {
      if (pool.pending || pool.h2 || pool.dialling > 0) continue;
      for (const { connection } of pool.idle) connection.abort();
      pools.delete(key);
      if (pools.size < ORIGINS * 0.9) return;
    }
  }

  function sweep(): void {
    const now = Date.now();
    for (const pool of pools.values()) {
      while (pool.idle.length > 0 && pool.idle[0]!.until <= now) {
        stats.idle--;
        pool.idle.shift()!.connection.abort();
      }
    }
  }

  async function connect(pool: Pool, tunnel = false): Promise<Http1Upstream | Http2Upstream> {
    const { origin } = pool;
    stats.dials++;
    let reached: Reached;
    try {
      reached = await route.reach(origin, {
        tunnel,
        session: pool.session,
        onSession: (session) => {
          pool.session = session;
        },
      });
    } catch (error) {
      pool.known = undefined;
      pool.session = undefined;
      throw error;
    }
    const { socket, address } = reached;
    const alpn = 'alpnProtocol' in socket && typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '';
    pool.known = { alpn, address, until: Date.now() + KNOWN_MS };
    const prior = origin.scheme === 'http' && origin.alpn[0] === 'h2';
    if (alpn !== 'h2' && !prior) return wrapHttp1(pool, reached);
    const session = new Http2Upstream(socket, `${origin.scheme}://${formatAuthority(origin)}`, address, {
      headerBytes: config.limits.headerBytes,
      idleTimeout: config.timeouts.idle,
      explain: (error) => explainBroken(origin, error),
      onClose: () => {
        if (pool.h2 === session) pool.h2 = undefined;
      },
    });
    pool.h2 = session;
    return session;
  }

  function wrapHttp1(pool: Pool, { socket, address, forward }: Reached): Http1Upstream {
    return new Http1Upstream(socket, address, {
      forward,
      headerBytes: config.limits.headerBytes,
      explain: (error) => explainBroken(pool.origin, error),
      onIdle: (connection, idleMs) => {
        const owner = owners.get(connection);
        if (connection.pinned && owner) owner(connection);
        else release(pool, connection, idleMs);
      },
      onClose: (connection) => {
        const at = pool.idle.findIndex((entry) => entry.connection === connection);
        if (at >= 0) {
          pool.idle.splice(at, 1);
          stats.idle--;
        }
      },
    });
  }

  function release(pool: Pool, connection: Http1Upstream, idleMs: number): void {
    if (idleMs <= 0 || pool.idle.length >= IDLE_PER_ORIGIN) {
      connection.abort();
      return;
    }
    pool.idle.push({ connection, until: Date.now() + idleMs });
    stats.idle++;
  }

  /** One new connection; callers that can share it (HTTP/2) wait for the same one. */
  function share(pool: Pool): Promise<Http1Upstream | Http2Upstream> {
    if (pool.pending) return pool.pending;
    const pending = connect(pool).finally(() => {
      if (pool.pending === pending) pool.pending = undefined;
    });
    pool.pending = pending;
    return pending;
  }

  function claim(connection: Http1Upstream): boolean {
    if (claimed.has(connection)) return false;
    claimed.add(connection);
    return true;
  }

  function takeIdle(pool: Pool): Http1Upstream | undefined {
    const now = Date.now();
    for (;;) {
      const entry = pool.idle.pop();
      if (!entry) return undefined;
      stats.idle--;
      if (!entry.connection.closed && entry.until > now) return entry.connection;
      entry.connection.abort();
    }
  }

  return {
    stats,

    async verify(origin) {
      const pool = poolOf(origin);
      if (pool.known && pool.known.until > Date.now()) return pool.known;
      const connection = await share(pool);
      if (connection instanceof Http1Upstream && claim(connection)) release(pool, connection, config.timeouts.handshake);
      return { alpn: pool.known?.alpn ?? '', address: connection.address };
    },

    open(origin, onAddress) {
      const pool = poolOf(origin);
      let pinned: Http1Upstream | undefined;
      let closed = false;
      const keep = (bound: Http1Upstream): void => {
        if (closed || (pinned && pinned !== bound && !pinned.closed)) bound.abort();
        else pinned = bound;
      };
      const begin = (connection: Http1Upstream, sink: ResponseSink): UpstreamStream => {
        onAddress(connection.address);
        owners.set(connection, keep);
        return connection.begin(sink);
      };
      const acquire: Acquire = (sink, fresh, ready) => {
        if (pinned && !pinned.closed) {
          const bound = pinned;
          pinned = undefined;
          ready(begin(bound, sink));
          return;
        }
        if (!fresh && pool.h2?.available) {
          onAddress(pool.h2.address);
          ready(pool.h2.begin(sink));
          return;
        }
        const idle = fresh ? undefined : takeIdle(pool);
        if (idle) {
          ready(begin(idle, sink));
          return;
        }
        if (pool.dialling >= DIALS_PER_ORIGIN) {
          pool.waiting.push({ again: () => acquire(sink, fresh, ready), fail: (error) => ready(undefined, error) });
          return;
        }
        // Unknown yet, or plain HTTP/2: others may be able to share what is dialled now.
        const http2 = pool.known && origin.scheme === 'https' ? pool.known.alpn === 'h2' : origin.alpn[0] === 'h2';
        pool.dialling++;
        (http2 ? share(pool) : connect(pool)).then(
          (connection) => {
            pool.dialling--;
            onAddress(connection.address);
            if (connection instanceof Http2Upstream) ready(connection.begin(sink));
            // A shared dial that ended in HTTP/1 serves one caller; the others try again.
            else if (claim(connection)) ready(begin(connection, sink));
            else acquire(sink, fresh, ready);
            while (pool.waiting.length > 0 && pool.dialling < DIALS_PER_ORIGIN) pool.waiting.shift()!.again();
          },
          (failure) => {
            pool.dialling--;
            const error = asDaylightError(failure);
            ready(undefined, error);
            // Nobody waits for the same failure in turn.
            for (const { fail } of pool.waiting.splice(0)) fail(error);
          },
        );
      };
      return {
        acquire,
        close() {
          closed = true;
          pinned?.abort();
        },
      };
    },

    async dialHttp1(origin, sink) {
      const pool = poolOf(origin);
      const connection = await connect(pool, true);
      if (connection instanceof Http2Upstream) {
        connection.close();
        throw new DaylightError(
          'ERR_UPSTREAM_PROTOCOL',
          `${formatAuthority(origin)} chose HTTP/2 although only HTTP/1.1 was offered.`,
        );
      }
      return connection.begin(sink);
    },

    dialRaw: (origin) => route.reach(origin, { tunnel: true }),

    close() {
      clearInterval(sweeper);
      for (const pool of pools.values()) {
        for (const { connection } of pool.idle) connection.abort();
        pool.idle.length = 0;
        pool.h2?.close();
      }
    },
  };
}

function asDaylightError(error: unknown): DaylightError {
  if (error instanceof DaylightError) return error;
  return new DaylightError('ERR_UPSTREAM_CONNECT', error instanceof Error ? error.message : String(error), { cause: error });
}
