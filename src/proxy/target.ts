// Whether a place that a client names may be reached: the same for CONNECT, absolute-form requests, SOCKS and redirected traffic.

import { OWN_HOST } from '../ask-token.ts';
import { DaylightError } from '../errors.ts';
import type { Authority } from './authority.ts';
import type { PortGuard } from './guard.ts';
import { NO_TLS, type Tunnel } from './open-flow.ts';
import { recordTunnel } from './record-tunnel.ts';
import type { ProxyServices } from './services.ts';

/** @throws DaylightError ERR_PORT_REFUSED */
export function checkTarget({ door }: ProxyServices, ports: PortGuard, authority: Authority): Authority {
  if (door && authority.host === OWN_HOST) {
    if (authority.port === 80 || authority.port === 443) return authority;
    throw new DaylightError('ERR_PORT_REFUSED', `Use http://${OWN_HOST}/, without a port.`);
  }
  const port = ports.check(authority.port);
  if (!port.allowed) throw new DaylightError('ERR_PORT_REFUSED', port.reason);
  return authority;
}

/** Makes sure, before a tunnel is opened, that its host has an address that may be reached. @throws DaylightError */
export async function checkAddress({ door, route }: ProxyServices, authority: Authority): Promise<void> {
  if (authority.host !== OWN_HOST || !door) await route.admit(authority.host);
}

/** The event of a connection that was not served. */
export function recordRefusal(
  services: ProxyServices,
  { client, principal, authority }: { client: Tunnel['client']; principal: Tunnel['principal']; authority: Authority },
  error: DaylightError,
): void {
  const tunnel = { client, principal, server: { host: authority.host, port: authority.port, address: '' }, tls: NO_TLS };
  recordTunnel(services, tunnel, {
    start: services.now(),
    inspected: 'opaque',
    up: 0,
    down: 0,
    error: `${error.code}: ${error.message}`,
  });
}
