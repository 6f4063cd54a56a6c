// Opens a tunnel: what a CONNECT leads to. In this order, and nothing is decided later than where it stands here:
//
//   authority, port, address    strict parse; port list; resolved addresses against the guard   -> 400 / 403 / 502, no tunnel
//   200, then the first bytes   TLS, HTTP/1, HTTP/2, something else, or silence
//   TLS: passthrough list       tunnelled as it is
//   TLS: server name            must be the CONNECT name (an address accepts any name, which the certificate must then hold)
//   TLS: the server             dialled and verified with the client's ALPN offer
//   TLS: the client             handshake with a certificate of our own, same protocol
//   requests                    serve-requests.ts
//
// A refusal after the first bytes is told inside the tunnel, by an answer to every request: that is where people see it.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OWN_HOST } from '../ask-token.ts';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { add } from '../worker-counts.ts';
import { type Authority, formatAuthority } from './authority.ts';
import { leftAfterHandshake, shakeHands } from './client-handshake.ts';
import type { ClientHello } from './clienthello.ts';
import { isUntrusted, type Origin } from './dial.ts';
import { firstToSpeak } from './first-to-speak.ts';
import { hostMatches } from './host-pattern.ts';
import type { Tunnel } from './open-flow.ts';
import { NO_TLS } from './open-flow.ts';
import { peek } from './peek.ts';
import { recordTunnel } from './record-tunnel.ts';
import { relay } from './relay.ts';
import { type InnerService, serveHttp1Requests, serveHttp2Requests } from './serve-requests.ts';
import type { ProxyServices } from './services.ts';

/** A client that says nothing for this long waits for the server to speak first. */
const QUIET_MS = 400;
/** ALPN protocols that are read; another one is not HTTP. */
const READABLE = new Set(['h2', 'http/1.1', 'http/1.0']);

export interface TunnelRequest {
  services: ProxyServices;
  socket: Socket;
  client: Tunnel['client'];
  principal: Tunnel['principal'];
  stands?: Tunnel['stands'];
  authority: Authority;
  /** What the client called itself when it asked for the tunnel. */
  agent?: string;
  onOpen: InnerService['onOpen'];
}

/** Serves a tunnel after its 200. Never throws; ends with the socket closed. */
export async function serveTunnel(request: TunnelRequest): Promise<void> {
  const { services, socket, authority } = request;
  const tunnel: Tunnel = {
    client: request.client,
    principal: request.principal,
    stands: request.stands,
    server: { host: authority.host, port: authority.port, address: '' },
    tls: NO_TLS,
    ...(request.agent && { agent: request.agent }),
  };
  const opening = { ...request, tunnel, start: services.now() };
  try {
    await classify(opening, socket, 'http');
  } catch (error) {
    const failure =
      error instanceof DaylightError
        ? error
        : new DaylightError('ERR_UPSTREAM_CONNECT', (error as Error).message, { cause: error });
    if (!(error instanceof DaylightError)) services.log.error({ err: error }, 'a tunnel failed unexpectedly');
    recordTunnel(services, tunnel, {
      start: opening.start,
      inspected: 'opaque',
      up: 0,
      down: 0,
      error: `${failure.code}: ${failure.message}`,
    });
    socket.destroy();
  }
}

interface Opening extends TunnelRequest {
  tunnel: Tunnel;
  start: number;
}

/** Looks at the first bytes on `socket`, which is the tunnel itself (`http`) or the decrypted inside of its TLS (`https`). */
async function classify(
  opening: Opening,
  socket: Duplex & Pick<Socket, 'setTimeout'>,
  scheme: 'http' | 'https',
  secure?: Inside,
): Promise<void> {
  const { services, authority, tunnel } = opening;
  const { handshake } = services.config.proxy.timeouts;
  const peeked = await peek(socket, { tls: scheme === 'http', quietMs: QUIET_MS, timeoutMs: handshake });
  const expected = secure?.expected ?? { host: authority.host, port: authority.port };
  const origin = secure?.origin ?? {
    scheme,
    host: authority.host,
    port: authority.port,
    servername: '',
    alpn: peeked.kind === 'http2' ? ['h2'] : [],
  };
  switch (peeked.kind) {
    case 'tls':
      await intercept(opening, peeked.hello);
      return;
    case 'http1':
    case 'http2': {
      const upstream = services.upstreams.open(origin, (address) => {
        tunnel.server.address = address;
      });
      const inner: InnerService = {
        services,
        tunnel,
        scheme,
        expected,
        origin,
        upstream,
        refusal: undefined,
        onOpen: opening.onOpen,
      };
      if (peeked.kind === 'http1') serveHttp1Requests(socket, inner);
      else serveHttp2Requests(socket, inner);
      return;
    }
    case 'silent': {
      const server = await dialPlain(opening, origin);
      const first = await firstToSpeak(socket, server, handshake);
      if (first !== 'server') {
        server.destroy();
        if (first === 'client') await classify(opening, socket, scheme, secure);
        else socket.destroy();
        return;
      }
      await passOn(opening, socket, server, 'opaque');
      return;
    }
    case 'opaque':
      await passOn(opening, socket, await dialPlain(opening, origin), 'opaque');
      return;
    case 'malformed':
      throw new DaylightError(
        'ERR_HTTP_SYNTAX',
        `The tunnel to ${formatAuthority(authority)} began with a broken ClientHello: ${peeked.reason}.`,
      );
    case 'closed':
      if (scheme === 'http') {
        socket.destroy();
        return;
      }
      throw leftAfterHandshake(formatAuthority(authority));
  }
}

/** What is known of a TLS tunnel once its inside can be read. */
interface Inside {
  origin: Origin;
  expected: { host: string; port: number };
}

async function intercept(opening: Opening, hello: ClientHello): Promise<void> {
  const { services, socket, authority, tunnel } = opening;
  tunnel.tls = { sni: hello.sni, alpn: '', version: '', ja4: hello.ja4, ...(hello.ech && { ech: true }) };
  const host = hostEntry(services.config.proxy, authority.host);
  if (services.door && authority.host === OWN_HOST) {
    await serveOwnHost(opening, hello);
    return;
  }
  const readable = hello.alpn.length === 0 || hello.alpn.some((protocol) => READABLE.has(protocol));
  const plain: Origin = { scheme: 'http', host: authority.host, port: authority.port, servername: '', alpn: [] };
  if (host?.clientCertificate || services.passthrough.match(authority.host, services.now())) {
    await passOn(opening, socket, await dialPlain(opening, plain), 'passthrough');
    return;
  }
  if (!readable) {
    await passOn(opening, socket, await dialPlain(opening, plain), 'opaque');
    return;
  }
  const servername = hello.sni || authority.host;
  const origin: Origin = { scheme: 'https', host: authority.host, port: authority.port, servername, alpn: offerOf(hello) };
  const expected = { host: authority.kind === 'name' ? authority.host : servername, port: authority.port };
  let refusal: DaylightError | undefined;
  let protocol = hello.alpn.includes('http/1.1') ? 'http/1.1' : (origin.alpn[0] ?? '');
  if (authority.kind === 'name' && servername !== authority.host) {
    refusal = new DaylightError(
      'ERR_MISDIRECTED',
      `The TLS handshake asks for ${servername}, but the tunnel was opened for ${authority.host}. Daylight does not forward such requests.`,
    );
  } else {
    try {
      const verified = await services.upstreams.verify(origin);
      tunnel.server.address = verified.address;
      if (verified.alpn === 'h2' && hello.alpn.includes('h2')) protocol = 'h2';
    } catch (error) {
      if (isUntrusted(error) && host?.onUntrusted === 'passthrough') {
        await passOn(opening, socket, await dialPlain(opening, plain), 'passthrough');
        return;
      }
      if (!(error instanceof DaylightError)) throw error;
      refusal =
        isUntrusted(error) && host?.onUntrusted === 'block'
          ? new DaylightError('ERR_ADDRESS_REFUSED', `${error.message} Policy for this host is to block.`, { cause: error })
          : error;
    }
  }
  const inside = await shakeHands(socket, {
    secureContext: await services.issuer.secureContextFor({ host: servername }),
    servername,
    protocol: hello.alpn.length > 0 ? protocol : '',
    timeoutMs: services.config.proxy.timeouts.handshake,
  });
  add(services.counts, 'handshakes ok');
  tunnel.tls = { ...tunnel.tls, alpn: inside.alpnProtocol || '', version: inside.getProtocol() ?? '' };
  // A client that agreed on a protocol has said what it speaks; what is not that is refused, never passed on unseen.
  if (refusal || inside.alpnProtocol) {
    const upstream = refusal ? undefined : services.upstreams.open(origin, (address) => (tunnel.server.address = address));
    const inner: InnerService = {
      services,
      tunnel,
      scheme: 'https',
      expected,
      origin,
      upstream,
      refusal,
      onOpen: opening.onOpen,
    };
    if (inside.alpnProtocol === 'h2') serveHttp2Requests(inside, inner);
    else serveHttp1Requests(inside, inner);
    return;
  }
  await classify(opening, inside, 'https', { origin, expected });
}

/** The pages of the appliance itself, under a certificate of its CA: who reads them trusts it. */
async function serveOwnHost(opening: Opening, hello: ClientHello): Promise<void> {
  const { services, socket, authority, tunnel, onOpen } = opening;
  const protocol = hello.alpn.find((each) => each === 'h2' || each === 'http/1.1') ?? '';
  const inside = await shakeHands(socket, {
    secureContext: await services.issuer.secureContextFor({ host: OWN_HOST }),
    servername: OWN_HOST,
    protocol,
    timeoutMs: services.config.proxy.timeouts.handshake,
  });
  const expected = { host: authority.host, port: authority.port };
  const origin: Origin = { scheme: 'https', ...expected, servername: OWN_HOST, alpn: [] };
  const inner: InnerService = {
    ...{ services, tunnel, scheme: 'https' as const, expected, origin, onOpen },
    upstream: undefined,
    refusal: undefined,
  };
  if (inside.alpnProtocol === 'h2') serveHttp2Requests(inside, inner);
  else serveHttp1Requests(inside, inner);
}

/** HTTP protocols of the client's offer, in its order; HTTP/1.1 for a client that makes none. */
function offerOf(hello: ClientHello): string[] {
  const offer = hello.alpn.filter((protocol) => protocol === 'h2' || protocol === 'http/1.1');
  if (!offer.includes('http/1.1')) offer.push('http/1.1');
  return offer;
}

function hostEntry(config: Config['proxy'], host: string): Config['proxy']['upstream']['hosts'][number] | undefined {
  return config.upstream.hosts.find((entry) => hostMatches(entry.host, host));
}

/** A connection that carries what the tunnel carries: TCP, or verified TLS for the inside of TLS. */
async function dialPlain(opening: Opening, origin: Origin): Promise<Socket> {
  const { services, tunnel } = opening;
  const { socket, address } = await services.upstreams.dialRaw(origin);
  tunnel.server.address = address;
  return socket;
}

async function passOn(opening: Opening, socket: Duplex, server: Socket, inspected: 'passthrough' | 'opaque'): Promise<void> {
  const { services, tunnel, start } = opening;
  opening.onOpen({ shutdown: () => {} });
  const { up, down } = await relay(socket, server, services.config.proxy.timeouts.request);
  recordTunnel(services, tunnel, { start, inspected, up, down, error: '' });
}
