// The door inside TLS: a client shakes hands with the proxy itself, proves who it is if it is asked to, and goes on as through the
// proxy's own port. HTTP/1.1 alone is spoken here; that is what ALPN answers.
//
// In order: is it TLS at all; the handshake, bounded in time; the client's certificate. One that is not verified counts as none,
// and without one nobody gets further where one is required.

import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { createServer, type TLSSocket } from 'node:tls';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import type { Arrival } from './accept.ts';
import { readCertificate } from './client-certificate.ts';
import { peek } from './peek.ts';
import { answerAndClose } from './plain-answer.ts';
import type { ProxyServices } from './services.ts';

export interface TlsDoor {
  /** Calls the door's `enter` once the handshake is done. */
  take(arrival: Arrival): void;
  /** Takes the certificate anew: from the CA, or from its files. */
  renew(): Promise<void>;
  close(): void;
}

type Settings = NonNullable<Config['proxy']['tls']>;

/** Certificates of Daylight's CA are good for a week. */
const RENEW_MS = 12 * 3_600_000;

/** @throws DaylightError ERR_CONFIG_INVALID if a file cannot be used */
export async function openTlsDoor(
  services: ProxyServices,
  settings: Settings,
  enter: (arrival: Arrival) => void,
): Promise<TlsDoor> {
  const { log, config } = services;
  const { handshake } = config.proxy.timeouts;
  const asks = settings.clientCertificate !== 'none';
  const arrivals = new Map<string, Arrival>();
  const server = createServer({
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshake,
    requestCert: asks,
    // Looked at below, so that whoever is refused is told why.
    rejectUnauthorized: false,
    ...(await material(services, settings)),
  });
  server.on('secureConnection', (inside) => {
    const arrival = arrivals.get(keyOf(inside));
    if (!arrival) inside.destroy();
    else welcome(arrival, inside);
  });
  server.on('tlsClientError', (error, inside) => failed(arrivals.get(keyOf(inside)), error.message));

  const failed = (arrival: Arrival | undefined, reason: string): void => {
    const { address = '', peer = '' } = arrival?.client ?? {};
    log.info({ client: address, peer, error: reason }, 'the TLS handshake with the proxy failed');
    arrival?.socket.destroy();
  };

  function welcome({ client, onOpen }: Arrival, inside: TLSSocket): void {
    inside.on('error', () => {});
    const certificate = asks && inside.authorized ? readCertificate(inside) : undefined;
    if (asks && !certificate) {
      const why = inside.getPeerX509Certificate()
        ? `your client certificate was not accepted (${inside.authorizationError ?? 'not verified'})`
        : 'your client sent no certificate';
      if (settings.clientCertificate === 'require' || inside.getPeerX509Certificate())
        log.warn({ client: client.address, reason: why }, 'client certificate refused');
      if (settings.clientCertificate === 'require') {
        answerAndClose(inside, 403, `Daylight does not serve this client: ${why}.`);
        return;
      }
    }
    enter({ socket: inside, client: certificate ? { ...client, certificate } : client, onOpen });
  }

  async function begin(arrival: Arrival): Promise<void> {
    const { socket, client } = arrival;
    const start = await peek(socket, { tls: true, quietMs: handshake, timeoutMs: handshake });
    if (start.kind === 'closed' || socket.destroyed) {
      socket.destroy();
      return;
    }
    if (start.kind !== 'tls') {
      const reason = start.kind === 'malformed' ? start.reason : `it is not TLS (${start.kind})`;
      log.info({ client: client.address, error: reason }, 'the TLS handshake with the proxy failed');
      if (start.kind === 'http1') answerAndClose(socket, 400, 'This port speaks TLS. Use https:// in the address of the proxy.');
      else socket.destroy();
      return;
    }
    const key = keyOf(socket);
    arrivals.set(key, arrival);
    socket.on('close', () => {
      if (arrivals.get(key) === arrival) arrivals.delete(key);
    });
    server.emit('connection', socket);
  }

  async function renew(): Promise<void> {
    try {
      server.setSecureContext(await material(services, settings));
    } catch (error) {
      log.error({ err: error }, 'the certificate of the proxy cannot be renewed: the one before stays in force');
    }
  }
  const timer = setInterval(() => void renew(), RENEW_MS).unref();

  return {
    take: (arrival) => void begin(arrival),
    renew,
    close: () => clearInterval(timer),
  };
}

/** What tells one open connection from all others; the same for the socket and for the TLS on it. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}

async function material({ issuer }: ProxyServices, settings: Settings): Promise<{ cert: string; key: string; ca?: string[] }> {
  const ca = await Promise.all(settings.clientCa.map((file) => read('clientCa', file)));
  const trusted = settings.clientCertificate === 'none' ? {} : { ca };
  if (settings.cert !== undefined && settings.key !== undefined)
    return { cert: await read('cert', settings.cert), key: await read('key', settings.key), ...trusted };
  const [host = 'localhost', ...extraSans] = settings.names.length > 0 ? settings.names : ownNames(settings.listen);
  const { chain, key } = await issuer.mint({ host, extraSans });
  return { cert: chain, key, ...trusted };
}

/** Names under which clients may know this machine. */
function ownNames(listen: string): string[] {
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const addresses = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
  const bound = host === '0.0.0.0' || host === '::' ? [] : [host];
  return [...bound, hostname(), 'localhost', ...addresses.filter((address) => !address.startsWith('fe80'))];
}

async function read(key: string, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new DaylightError('ERR_CONFIG_INVALID', `proxy.tls.${key}: cannot read ${file}: ${cause.message}`, { cause });
  });
  if (!text.includes('-----BEGIN ')) throw new DaylightError('ERR_CONFIG_INVALID', `proxy.tls.${key}: ${file} holds no PEM.`);
  return text;
}
