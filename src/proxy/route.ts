// How a server is reached: directly, or through the parent proxy; and what of that is judged here.
//
// A host that the parent covers is resolved there. One that is an address already, or this machine, is judged here in any case.

import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Config } from '../config.ts';
import { formatAuthority } from './authority.ts';
import { type DialOptions, dial, type Origin } from './dial.ts';
import { createOwnSockets } from './own-sockets.ts';
import { createParentProxy, type ParentProxy } from './parent-proxy.ts';
import type { Resolver } from './resolve.ts';
import { createUpstreamContexts } from './upstream-contexts.ts';

/** Requests on a connection to a parent proxy are in absolute-form, for this authority. */
export interface Forward {
  parent: ParentProxy;
  authority: string;
}

export interface Reached {
  socket: Socket | TLSSocket;
  /** Of the server; '' where only the parent knows it. */
  address: string;
  forward?: Forward;
}

export interface Route {
  /**
   * A new connection.
   *
   * @param tunnel not as one that carries requests in absolute-form
   * @throws DaylightError as `dial` does
   */
  reach(origin: Origin, options?: Pick<DialOptions, 'session' | 'onSession'> & { tunnel?: boolean }): Promise<Reached>;
  /** Makes sure that a host may be reached, as far as that is decided here. @throws DaylightError ERR_ADDRESS_REFUSED, ERR_DNS */
  admit(host: string): Promise<void>;
  /** Whether a connection that came in is one that was opened here. */
  isOwn(socket: Socket): boolean;
  /** Whether a request was sent from here to the parent proxy before. */
  comesBack(headers: readonly string[]): boolean;
}

/** @param instance tells this appliance from others @throws DaylightError ERR_CONFIG_INVALID */
export function createRoute(config: Config['proxy'], resolver: Resolver, instance: string): Route {
  const { timeouts, upstream, transparent } = config;
  const contexts = createUpstreamContexts(config);
  const parent = upstream.proxy ? createParentProxy(upstream.proxy, { timeout: timeouts.connect, instance }) : undefined;
  // Only a redirection could bring them back.
  const own = transparent ? createOwnSockets() : undefined;
  const watched = own ? { onConnect: own.add } : {};

  async function admit(host: string): Promise<void> {
    const isName = isIP(host) === 0 && host !== 'localhost' && !host.endsWith('.localhost');
    if (!isName || !parent?.covers(host)) await resolver.resolve(host);
  }

  return {
    admit,
    async reach(origin, { tunnel = false, ...session } = {}) {
      const options = { resolver, secureContext: contexts(origin.host), timeout: timeouts.connect, ...session };
      if (!parent?.covers(origin.host)) {
        const socket = await dial(origin, { ...options, ...watched });
        return { socket, address: socket.remoteAddress ?? '' };
      }
      await admit(origin.host);
      if (!tunnel && origin.scheme === 'http' && origin.alpn[0] !== 'h2')
        return { socket: await parent.dial(), address: '', forward: { parent, authority: formatAuthority(origin, 80) } };
      return { socket: await dial(origin, { ...options, carrier: await parent.tunnel(origin) }), address: '' };
    },
    isOwn: (socket) => own?.has(socket) ?? false,
    comesBack: (headers) => parent?.comesBack(headers) ?? false,
  };
}
