// Which authorities and TLS versions count towards a server: the public roots and `proxy.upstream.ca`, and what
// `proxy.upstream.hosts` says of the host.

import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { hostMatches } from './host-pattern.ts';

/** TLS settings towards servers: one context for all, and one for each host with settings of its own. */
export function createUpstreamContexts(config: Config['proxy']): (host: string) => SecureContext {
  const trusted = [...getCACertificates('default'), ...config.upstream.ca.map(readPem)];
  const standard = createSecureContext({ ca: trusted, minVersion: 'TLSv1.2' });
  const special = config.upstream.hosts
    .filter((entry) => entry.minVersion || entry.ca)
    .map((entry) => ({
      host: entry.host,
      context: createSecureContext({
        ca: [...trusted, ...(entry.ca ?? []).map(readPem)],
        minVersion: entry.minVersion ?? 'TLSv1.2',
        // OpenSSL speaks TLS before 1.2 only at security level 0.
        ...(entry.minVersion === 'TLSv1' || entry.minVersion === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
      }),
    }));
  return (host) => special.find((entry) => hostMatches(entry.host, host))?.context ?? standard;
}

function readPem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `proxy.upstream: cannot read the certificate file ${file}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `proxy.upstream: ${file} holds no PEM certificate (-----BEGIN CERTIFICATE-----).`,
    );
  }
  return text;
}
