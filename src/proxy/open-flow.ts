// Makes a Flow of what the codecs deliver: the first of the steps that a request goes through.

import type { Flow, FlowHeaders, FlowTls, Principal } from '../engine/flow.ts';
import type { Client } from './client.ts';
import type { Identified } from './identify/identified.ts';
import type { ProxyRequest } from './stream.ts';

/** What is known of a connection before its first request: the same for all its exchanges. */
export interface Tunnel {
  client: Client;
  principal: Principal;
  /** False once what the principal rests on was taken back; absent where nothing can be. */
  stands?: Identified['stands'];
  /** The CONNECT authority, or the authority of an absolute-form target. */
  server: { host: string; port: number; address: string };
  tls: FlowTls;
  /** What the client called itself when it asked for the tunnel (User-Agent of the CONNECT). */
  agent?: string;
}

export const NO_TLS: FlowTls = { sni: '', alpn: '', version: '', ja4: '' };

/** @param id UUIDv7 @param now epoch milliseconds */
export function openFlow(tunnel: Tunnel, request: ProxyRequest, id: string, now: number): Flow {
  return {
    id,
    time: now,
    phase: 'request-headers',
    client: { address: tunnel.client.address, port: tunnel.client.port },
    principal: tunnel.principal,
    server: tunnel.server,
    tls: tunnel.tls,
    inspected: 'yes',
    request: {
      method: request.method.toUpperCase(),
      url: `${request.scheme}://${request.authority}${request.path}`,
      httpVersion: request.httpVersion,
      headers: flowHeaders(request.headers),
    },
  };
}

/** A flow for a tunnel whose content is not seen. */
export function opaqueFlow(tunnel: Tunnel, inspected: 'passthrough' | 'opaque', id: string, now: number): Flow {
  const { host, port } = tunnel.server;
  return {
    id,
    time: now,
    phase: 'connect',
    client: { address: tunnel.client.address, port: tunnel.client.port },
    principal: tunnel.principal,
    server: tunnel.server,
    tls: tunnel.tls,
    inspected,
    request: {
      method: 'CONNECT',
      url: `${tunnel.tls.sni || inspected === 'passthrough' ? 'https' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}/`,
      httpVersion: '1.1',
      headers: tunnel.agent === undefined ? {} : { 'user-agent': tunnel.agent },
    },
  };
}

/** Lower-case names; repeated fields joined (RFC 9110 5.3), `cookie` with "; " (RFC 9113 8.2.3). */
export function flowHeaders(raw: readonly string[]): FlowHeaders {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? raw[i + 1]! : `${before}${name === 'cookie' ? '; ' : ', '}${raw[i + 1]!}`;
  }
  return headers;
}
