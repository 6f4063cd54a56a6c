// One client connection to the origin: through a proxy by CONNECT, or straight to a reverse proxy; TLS 1.3, certificate verified.

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

/** Where requests go. Plain JSON: it travels to the load process. */
export interface Target {
  /** Port on 127.0.0.1 that the client dials. */
  port: number;
  /** `proxy`: ask for the origin with CONNECT. `reverse`: the port itself speaks TLS for the origin. */
  mode: 'proxy' | 'reverse';
  /** Name or address of the origin; the certificate must name it. */
  host: string;
  originPort: number;
  /** PEM of the authority whose leaves the client accepts. */
  ca: string;
  /** Process under test, 0 if there is none. */
  pid: number;
  /** A header field that clients of the proxy send besides, in turn; nothing if empty. */
  fields: readonly string[];
  /** The leaf for an IP address does not name it properly (squid): the client accepts it all the same. */
  looseAddresses: boolean;
}

const OPEN_TIMEOUT_MS = 15_000;
const contexts = new Map<string, SecureContext>();

/** Opens a connection that is ready for its first request. Never resumes a session. */
export async function open(target: Target): Promise<TLSSocket> {
  const tcp = connectTcp({ port: target.port, host: '127.0.0.1', noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      tcp.destroy();
      reject(
        new Error(`cannot reach ${target.host}:${target.originPort} by port ${target.port}: ${error.message}`, { cause: error }),
      );
    };
    const timer = setTimeout(() => fail(new Error(`no connection within ${OPEN_TIMEOUT_MS} ms`)), OPEN_TIMEOUT_MS);
    const startTls = () => {
      const tls = connectTls({
        socket: tcp,
        secureContext: contextFor(target.ca),
        host: target.host,
        ...(isIP(target.host) ? {} : { servername: target.host }),
        ALPNProtocols: ['http/1.1'],
        ...(target.looseAddresses && isIP(target.host) ? { checkServerIdentity: () => undefined } : {}),
      });
      tls.once('error', fail);
      tls.once('secureConnect', () => {
        clearTimeout(timer);
        tls.off('error', fail);
        tcp.off('error', fail);
        tls.on('error', () => tls.destroy());
        resolve(tls);
      });
    };
    tcp.once('error', fail);
    tcp.once('connect', () => (target.mode === 'reverse' ? startTls() : askForTunnel(tcp, target, startTls, fail)));
  });
}

function askForTunnel(tcp: Socket, target: Target, done: () => void, fail: (error: Error) => void): void {
  const authority = `${target.host}:${target.originPort}`;
  let head = '';
  const read = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    tcp.off('data', read);
    tcp.pause();
    if (/^HTTP\/1\.[01] 200/.test(head)) done();
    else fail(new Error(`CONNECT was answered ${head.slice(0, head.indexOf('\r\n'))}`));
  };
  tcp.on('data', read);
  tcp.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
}

/** One context for each authority. X25519 alone, so that every contender does the same key exchange, whatever its OpenSSL prefers. */
function contextFor(ca: string): SecureContext {
  let context = contexts.get(ca);
  if (!context) {
    context = createSecureContext({ ca, minVersion: 'TLSv1.3', ecdhCurve: 'X25519' });
    contexts.set(ca, context);
  }
  return context;
}
