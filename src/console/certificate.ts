// The certificate of the console: for which names it is, and that it is replaced while the console runs.
//
// A certificate of Daylight's own CA is good for a week, one that the operator brings for as long as they say. Either is fetched again
// twice a day and when it is asked for (SIGHUP), and put into force if it can be used; connections that are open keep the old one.

import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';

export interface Certificate {
  /** PEM; the chain without its root. */
  cert: string;
  key: string;
}

export interface CertificateSource {
  /** The certificate to use from now on. */
  fetch(): Promise<Certificate>;
  /** The certificate cannot be replaced: the one before stays in force. */
  onError(error: Error): void;
}

const AGAIN_MS = 12 * 3_600_000;

/** Options of a server that begins with the present certificate. @throws Error if that cannot be used */
export async function firstCertificate({ fetch }: CertificateSource): Promise<Certificate & { minVersion: 'TLSv1.2' }> {
  const certificate = await fetch();
  createSecureContext(certificate);
  return { ...certificate, minVersion: 'TLSv1.2' };
}

/** Replaces the certificate of a server from time to time. */
export function keepCertificate(server: Server, source: CertificateSource): { renew(): Promise<void>; stop(): void } {
  async function renew(): Promise<void> {
    try {
      server.setSecureContext(await firstCertificate(source));
    } catch (error) {
      source.onError(error as Error);
    }
  }
  const timer = setInterval(() => void renew(), AGAIN_MS).unref();
  return { renew, stop: () => clearInterval(timer) };
}

/**
 * Names and addresses under which people may reach a console, the one that links use first.
 *
 * @param host that it listens on; a wildcard means all of this machine's
 * @param publicUrl '' if there is none
 */
export function consoleNames(
  host: string,
  publicUrl: string,
  machine: { hostname: string; addresses: readonly string[] },
): string[] {
  const own = isWildcard(host) ? [machine.hostname, 'localhost', ...machine.addresses] : [host];
  const published = URL.parse(publicUrl)?.hostname.replace(/^\[|\]$/g, '');
  return [...new Set([published ?? '', ...own])].filter((name) => NAME.test(name) || name.includes(':'));
}

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
