// What of an exchange hints at ways around inspection. None of it is proof of intent:
//
//   http3       the server offers HTTP/3 (Alt-Svc, RFC 7838), which runs over UDP and past a proxy where the network lets it
//   ech         the client sent an encrypted_client_hello extension. Browsers send the same filled with random bytes ("GREASE"), so
//               that nobody can tell; it matters where the connection is tunnelled without being decrypted
//   relay:NAME  the host belongs to a known tunnel service: something behind it may be reached from outside, or the other way round
//   not-http    a tunnel carried something that is not HTTP, unseen

import type { Flow } from '../flow.ts';

export type RelayOf = (host: string) => string | undefined;

const HTTP3 = /(^|[\s,])(h3|quic|hq)(-[A-Za-z0-9]+)?\s*=/i;

/** @param relayOf name of the tunnel service that a host belongs to */
export function evasionOf(flow: Flow, failed: boolean, relayOf: RelayOf | undefined): string[] {
  const found: string[] = [];
  const offer = flow.response?.headers['alt-svc'];
  if (offer !== undefined && HTTP3.test(offer)) found.push('http3');
  if (flow.tls.ech) found.push('ech');
  const relay = relayOf?.(flow.server.host);
  if (relay !== undefined) found.push(`relay:${relay}`);
  if (flow.inspected === 'opaque' && !failed) found.push('not-http');
  return found;
}
