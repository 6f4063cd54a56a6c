// Opens one verified connection to a server: resolve, connect to exactly the resolved addresses, TLS with the client's ALPN
// offer, certificate checked against the name the client asked for. Failures say what is wrong and what an operator can do.

import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { DaylightError } from '../errors.ts';
import { formatHost } from './authority.ts';
import { pinnedLookup, type Resolver } from './resolve.ts';

/** Where a request goes, and how it gets there. */
export interface Origin {
  scheme: 'http' | 'https';
  host: string;
  port: number;
  /** Name that the certificate must hold and that is sent as SNI (unless it is an address); '' for plain HTTP. */
  servername: string;
  /** ALPN protocols to offer, in order. */
  alpn: readonly string[];
}

export interface DialOptions {
  resolver: Resolver;
  /** A connection through another proxy, ready to be used as one to the origin. */
  carrier?: Socket | undefined;
  secureContext: SecureContext;
  /** Milliseconds for connect and TLS handshake together. */
  timeout: number;
  /** TLS session to resume. */
  session?: Buffer | undefined;
  onSession?(session: Buffer): void;
  /** Called when TCP is connected, before anything is sent. */
  onConnect?(socket: Socket): void;
}

/** @throws DaylightError ERR_DNS, ERR_ADDRESS_REFUSED, ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_TLS, ERR_UPSTREAM_TIMEOUT */
export async function dial(origin: Origin, options: DialOptions): Promise<Socket | TLSSocket> {
  const { carrier } = options;
  if (carrier && origin.scheme === 'http') return carrier;
  const target = carrier
    ? { socket: carrier }
    : {
        host: origin.host,
        port: origin.port,
        lookup: pinnedLookup(await options.resolver.resolve(origin.host)),
        autoSelectFamily: true,
        noDelay: true,
      };
  return new Promise((resolve, reject) => {
    const socket =
      origin.scheme === 'http'
        ? connectTcp({ ...(target as NetConnectOpts), keepAlive: true })
        : connectTls({
            ...target,
            servername: isIP(origin.servername) ? '' : origin.servername,
            secureContext: options.secureContext,
            ALPNProtocols: [...origin.alpn],
            checkServerIdentity: (_host, certificate) => checkServerIdentity(origin.servername, certificate),
            ...(options.session ? { session: options.session } : {}),
          });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new DaylightError(
          'ERR_UPSTREAM_TIMEOUT',
          `${formatHost(origin.host)}:${origin.port} did not answer within ${options.timeout} ms.`,
        ),
      );
    }, options.timeout);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(explain(origin, error));
    };
    const onClose = (): void => onError(new Error('the server closed the connection during the handshake'));
    socket.once('error', onError);
    socket.once('close', onClose);
    if (options.onSession) socket.on('session', options.onSession);
    if (options.onConnect) socket.once('connect', () => options.onConnect?.(socket));
    socket.once(origin.scheme === 'http' ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.off('close', onClose);
      // Until its next owner listens, an error must not end the process; 'close' follows each.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Errors of OpenSSL and Node that mean: the certificate could not be verified. */
const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERROR_IN_CERT|CRL_)/;

const WANTS_CERTIFICATE = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE)/;

const HINTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is self-signed. If you trust it, add the certificate to proxy.upstream.ca.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'Its certificate comes from an authority that is not trusted here. If you trust it, add the authority to proxy.upstream.ca.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'Its certificate comes from an authority that is not trusted here. If you trust it, add the authority to proxy.upstream.ca.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'It did not send the intermediate certificate that its own certificate needs, or its authority is not trusted here. Add the missing certificate under proxy.upstream.hosts[].ca.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name.',
};

function explain(origin: Origin, error: NodeJS.ErrnoException): DaylightError {
  const place = `${formatHost(origin.host)}:${origin.port}`;
  const code = error.code ?? '';
  if (UNTRUSTED.test(code)) {
    const hint = HINTS[code] ?? `Its certificate cannot be verified (${code}).`;
    return new DaylightError(
      'ERR_UPSTREAM_TLS',
      `The TLS certificate of ${place} (asked for as ${origin.servername}) was refused. ${hint}`,
      {
        cause: error,
      },
    );
  }
  if (WANTS_CERTIFICATE.test(code)) {
    return new DaylightError(
      'ERR_UPSTREAM_TLS',
      `${place} asks for a client certificate, which cannot pass through inspection. Set clientCertificate: true for it under proxy.upstream.hosts.`,
      { cause: error },
    );
  }
  if (code.includes('UNSUPPORTED_PROTOCOL') || code.includes('ALERT_PROTOCOL_VERSION') || code.includes('VERSION_TOO_LOW')) {
    return new DaylightError(
      'ERR_UPSTREAM_TLS',
      `${place} speaks only an old TLS version. If it must be reached, set minVersion for it under proxy.upstream.hosts.`,
      { cause: error },
    );
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return new DaylightError('ERR_UPSTREAM_TLS', `The TLS handshake with ${place} failed: ${error.message.trim()}.`, {
      cause: error,
    });
  }
  return new DaylightError('ERR_UPSTREAM_CONNECT', `No connection to ${place}: ${error.message || code}.`, { cause: error });
}

/** What broke an established connection: servers of TLS 1.3 ask for a client certificate only when the handshake is over. */
export function explainBroken(origin: Origin, error: NodeJS.ErrnoException & { reason?: string }): DaylightError {
  const code = error.code ?? '';
  if (WANTS_CERTIFICATE.test(code)) return explain(origin, error);
  const place = `${formatHost(origin.host)}:${origin.port}`;
  const why = error.reason || error.message.trim() || code;
  const tls = code.startsWith('ERR_SSL_');
  return new DaylightError(tls ? 'ERR_UPSTREAM_TLS' : 'ERR_UPSTREAM_CONNECT', `The connection to ${place} broke: ${why}.`, {
    cause: error,
  });
}

/** Whether a failed dial means that the server's certificate could not be verified (as against: not reachable). */
export function isUntrusted(error: unknown): boolean {
  return (
    error instanceof DaylightError &&
    error.code === 'ERR_UPSTREAM_TLS' &&
    UNTRUSTED.test((error.cause as NodeJS.ErrnoException)?.code ?? '')
  );
}
