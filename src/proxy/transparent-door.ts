// The door for redirected TLS: clients know nothing of a proxy, so the server name of their handshake says where to.
//
// In order: is it a handshake that names a server; may that port be reached; does it come from ourselves (a redirection that
// catches our own connections would go round for ever). The name is resolved here and its addresses judged like any other, so a
// forged name leads to no place that CONNECT would not lead to. From there on it is a tunnel (connect.ts).
//
// Where the connection was meant to go is not known: without a name there is nowhere to pass it on to.

import { DaylightError } from '../errors.ts';
import type { Arrival } from './accept.ts';
import type { Authority } from './authority.ts';
import { normaliseHost } from './authority.ts';
import { serveTunnel } from './connect.ts';
import type { PortGuard } from './guard.ts';
import { unidentifiedError } from './identify/unidentified.ts';
import { peek } from './peek.ts';
import { REDIRECTED_LOOP } from './redirected-head.ts';
import type { ProxyServices } from './services.ts';
import { checkAddress, checkTarget, recordRefusal } from './target.ts';

/** Stands for the server in events of connections that name none (RFC 2606). */
const NAMELESS = 'no-server-name.invalid';

export interface TransparentDoor {
  services: ProxyServices;
  ports: PortGuard;
  /** The port that the traffic was sent to. */
  port: number;
}

export async function serveRedirected(door: TransparentDoor, { socket, client, onOpen }: Arrival): Promise<void> {
  const { services, ports, port } = door;
  const { handshake } = services.config.proxy.timeouts;
  const { principal, refusal, stands } = services.identify(client, []);
  let authority: Authority = { host: NAMELESS, kind: 'name', port };
  try {
    const start = await peek(socket, { tls: true, quietMs: handshake, timeoutMs: handshake });
    if (start.kind === 'closed') {
      socket.destroy();
      return;
    }
    if (services.route.isOwn(socket)) throw new DaylightError('ERR_LOOP', REDIRECTED_LOOP);
    if (start.kind !== 'tls') {
      const why = start.kind === 'malformed' ? `broken TLS: ${start.reason}` : `not TLS (${start.kind})`;
      throw new DaylightError('ERR_CLIENT_TLS', `A redirected connection begins with ${why}. Only TLS is served at this port.`);
    }
    if (start.hello.sni === '')
      throw new DaylightError(
        'ERR_CLIENT_TLS',
        'A redirected TLS connection names no server (SNI), so it is not known where it leads. Exempt such servers from the redirection.',
      );
    authority = checkTarget(services, ports, { ...normaliseHost(start.hello.sni), port });
    if (refusal) throw unidentifiedError(refusal);
    await checkAddress(services, authority);
    if (socket.destroyed) return;
    await serveTunnel({ services, socket, client, principal, stands, authority, onOpen });
  } catch (error) {
    if (!(error instanceof DaylightError)) throw error;
    services.log.info({ client: client.address, code: error.code, error: error.message }, 'redirected connection refused');
    if (!refusal || refusal.tell) recordRefusal(services, { client, principal, authority }, error);
    socket.destroy();
  }
}
