// What tests of the ways into the proxy have in common: where each door is, clients that come in by it, and what may stand before
// it: a load balancer that sends PROXY headers, a router that redirects.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import forge from 'node-forge';
import { SocksClient } from 'socks';
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici';
import type { PlaceName } from '../../src/proxy/places.ts';
import type { TestProxy } from './proxy.ts';

/** The door's port. */
export function portOf(proxy: Pick<TestProxy, 'worker'>, name: PlaceName): number {
  const place = proxy.worker.places.find((each) => each.name === name);
  if (!place) throw new Error(`there is no door ${name}`);
  return place.port;
}

export interface Relay {
  port: number;
  /** Where connections go. */
  target: number;
  close(): void;
}

/**
 * A port that is known before the one that it leads to.
 *
 * @param start what each connection begins with, before the client's bytes
 * @param localAddress where its connections come from
 */
export async function relayTo(
  target = 0,
  start?: (client: Socket) => string | Buffer,
  localAddress = '127.0.0.1',
): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay: Relay = {
    port: 0,
    target,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const onward = connect({ host: '127.0.0.1', port: relay.target, localAddress, allowHalfOpen: true });
    if (start) onward.write(start(client));
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay.port = (server.address() as AddressInfo).port;
  return relay;
}

type Connector = (
  options: { hostname: string; port: string },
  done: (error: Error | null, socket: Socket | null) => void,
) => void;

function connecting(open: (host: string, port: number) => Promise<Socket>): Dispatcher {
  const connector: Connector = ({ hostname, port }, done) => {
    open(hostname, Number(port)).then((socket) => done(null, socket), done as (error: Error) => void);
  };
  return new Agent({ connect: connector as never });
}

async function tlsTo(socket: Socket, servername: string, ca: string): Promise<Socket> {
  const inside = connectTls({ socket, servername, ca, ALPNProtocols: ['http/1.1'] });
  await once(inside, 'secureConnect');
  return inside;
}

/** How undici's fetch gets to an https server by each door. */
export function dispatcherFor(
  door: PlaceName,
  { port, ca, credentials }: { port: number; ca: string; credentials?: { userId: string; password: string } },
): Dispatcher {
  switch (door) {
    case 'proxy':
      return new ProxyAgent({ uri: `http://127.0.0.1:${port}`, requestTls: { ca } });
    case 'tls':
      return new ProxyAgent({ uri: `https://localhost:${port}`, proxyTls: { ca }, requestTls: { ca } });
    case 'socks':
      return connecting(async (host, hostPort) => {
        const proxy = { host: '127.0.0.1', port, type: 5 as const, ...credentials };
        const { socket } = await SocksClient.createConnection({
          proxy,
          command: 'connect',
          destination: { host, port: hostPort },
        });
        return tlsTo(socket, host, ca);
      });
    case 'transparent':
      return connecting(async (host) => tlsTo(connect({ host: '127.0.0.1', port }), host, ca));
    case 'transparentHttp':
      return connecting(async () => connect({ host: '127.0.0.1', port }));
  }
}

export function fetchBy(dispatcher: Dispatcher): typeof fetch {
  return ((url, init) => undiciFetch(url as never, { ...(init as object), dispatcher })) as typeof fetch;
}

export interface Authority {
  /** PEM. */
  ca: string;
  issue(options: { commonName?: string; email?: string; expired?: boolean }): { cert: string; key: string };
}

/** An authority that issues client certificates. */
export function clientAuthority(name: string): Authority {
  const keys = keyPair();
  const subject = [{ name: 'commonName', value: name }];
  const ca = certificate(keys.publicKey, subject, subject, keys.privateKey, [
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true },
  ]);
  return {
    ca,
    issue({ commonName, email, expired = false }) {
      const own = keyPair();
      const names = commonName === undefined ? [] : [{ name: 'commonName', value: commonName }];
      const extensions = [
        { name: 'extKeyUsage', clientAuth: true },
        ...(email === undefined ? [] : [{ name: 'subjectAltName', altNames: [{ type: 1, value: email }] }]),
      ];
      return { cert: certificate(own.publicKey, names, subject, keys.privateKey, extensions, expired), key: own.privateKey };
    },
  };
}

function keyPair(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function certificate(
  publicKey: string,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  signer: string,
  extensions: object[],
  expired = false,
): string {
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(publicKey);
  made.serialNumber = `01${Math.floor(Math.random() * 1e12).toString(16)}`;
  made.validity.notBefore = new Date(Date.now() - 3 * 86_400_000);
  made.validity.notAfter = new Date(Date.now() + (expired ? -1 : 1) * 86_400_000);
  made.setSubject(subject);
  made.setIssuer(issuer);
  made.setExtensions(extensions);
  made.sign(forge.pki.privateKeyFromPem(signer), forge.md.sha256.create());
  return forge.pki.certificateToPem(made);
}
