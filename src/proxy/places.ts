// Where the proxy listens: one place for each door that is configured, with its port settled before the workers start.

import { createServer } from 'node:net';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';

export type PlaceName = 'proxy' | 'tls' | 'socks' | 'transparent' | 'transparentHttp';

export interface Place {
  name: PlaceName;
  host: string;
  port: number;
}

/** How long a taken port may belong to workers of a main process that was killed: they let go of it as soon as they notice. */
const PORT_WAIT_MS = 3_000;

/** The proxy's own port first. */
export function placesOf({ listen, tls, socks, transparent }: Config['proxy']): Place[] {
  const all: [PlaceName, string | undefined][] = [
    ['proxy', listen],
    ['tls', tls?.listen],
    ['socks', socks?.listen],
    ['transparent', transparent?.listen],
    ['transparentHttp', transparent?.http?.listen],
  ];
  return all.flatMap(([name, text]) => (text === undefined ? [] : [{ name, ...splitListen(text) }]));
}

/** As people and scripts are told; those of doors that are not open are absent. */
export type ProxyUrls = { proxy: string } & Partial<Record<PlaceName, string>>;

const SCHEMES = { proxy: 'http', tls: 'https', socks: 'socks5h', transparent: 'tls', transparentHttp: 'http' };

export function urlsOf(places: readonly Place[]): ProxyUrls {
  const urls: ProxyUrls = { proxy: '' };
  for (const { name, host, port } of places) urls[name] = `${SCHEMES[name]}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return urls;
}

/** All workers must name the same port to share its socket, so 0 is settled here; a port that is taken is waited for. */
export async function settlePorts(places: readonly Place[], log: Log): Promise<Place[]> {
  const settled: Place[] = [];
  const probes: Probe[] = [];
  for (const place of places) {
    if (place.port === 0) {
      // Held until all are settled, so that no two get the same.
      const probe = await listenOnce(place.host, 0);
      probes.push(probe);
      settled.push({ ...place, port: probe.port });
    } else {
      await portReleased(place.host, place.port, log);
      settled.push(place);
    }
  }
  for (const probe of probes) await probe.close();
  return settled;
}

/** Waits while somebody listens on the port, but not for long: the first worker then says what is wrong. */
async function portReleased(host: string, port: number, log: Log): Promise<void> {
  const giveUp = Date.now() + PORT_WAIT_MS;
  for (let attempt = 0; Date.now() < giveUp; attempt++) {
    try {
      await (await listenOnce(host, port)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return;
      if (attempt === 0) log.warn({ host, port }, 'a port of the proxy is taken; waiting for it');
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

interface Probe {
  port: number;
  close(): Promise<void>;
}

/** @throws Error EADDRINUSE if the port is another than 0 and taken */
function listenOnce(host: string, wanted: number): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port: wanted, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : wanted;
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}

function splitListen(listen: string): { host: string; port: number } {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)) };
}
