// Decides what certificate a client sees for a host, and keeps the secure contexts that carry them.
//
// In order: a fresh context from the cache; the minting that is already under way for the same names; a new one. Minting
// waits its turn, one leaf per turn of the event loop, so that a burst of new hosts does not hold up running exchanges.
//
// A leaf is valid from a day ago until in a week. A day back, because a clock set to local time instead of UTC is wrong by
// up to 14 hours, and that is the commonest wrong clock. A week, because nobody can revoke these certificates. It is made
// anew when less than three days are left, which is the margin for clocks that run ahead. Clients that limit the age of
// server certificates (398 days) never see the limit. All leaves of a process share one P-256 key.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { DaylightError } from '../errors.ts';
import { normaliseHost } from './authority.ts';
import type { Ca } from './ca.ts';
import {
  authorityKeyId,
  buildCertificate,
  distinguishedName,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  readProfile,
  serverAuth,
  subjectAltName,
  subjectKeyId,
} from './certificate.ts';

export interface LeafNames {
  /** Host the client asked for: a DNS name or an IP address, without brackets. */
  host: string;
  /** Further names that the certificate must be good for. */
  extraSans?: readonly string[];
}

export interface Leaf {
  /** PEM: the leaf, then the certificates up to but without the root. */
  chain: string;
  /** PEM (PKCS #8): the private key of all leaves of this issuer. */
  key: string;
  /** Epoch milliseconds. */
  notAfter: number;
}

export interface LeafIssuer {
  /**
   * The secure context for a server of these names.
   *
   * @throws DaylightError ERR_AUTHORITY_INVALID for a name that is none, ERR_CA if the CA has expired
   */
  secureContextFor(names: LeafNames): Promise<SecureContext>;
  /** The certificate alone, never cached. */
  mint(names: LeafNames): Promise<Leaf>;
  readonly stats: LeafStats;
}

export interface LeafStats {
  hits: number;
  minted: number;
  entries: number;
  /** Milliseconds spent minting, secure context included. */
  mintMs: number;
}

export interface LeafIssuerOptions {
  /** Secure contexts kept (about 32 KiB each); default 2000. */
  capacity?: number;
  /** Days that a leaf is valid from now; default 7. */
  days?: number;
  /** 48 bytes that all workers of an appliance share, so that a client may resume with any of them; default random. */
  ticketKeys?: Buffer;
  /** Further options of every secure context, e.g. `minVersion`. */
  context?: Omit<SecureContextOptions, 'key' | 'cert' | 'ca' | 'pfx' | 'ticketKeys' | 'sessionIdContext'>;
  /** Epoch milliseconds. */
  now?: () => number;
}

const DAY = 86_400_000;
const BACKDATED = DAY;
const MAX_COMMON_NAME = 64;

interface Entry {
  made: Promise<{ context: SecureContext; staleAt: number }>;
  /** Epoch milliseconds after which it is made anew; Infinity while it is being made. */
  staleAt: number;
}

export function createLeafIssuer(ca: Ca, options: LeafIssuerOptions = {}): LeafIssuer {
  const now = options.now ?? Date.now;
  const capacity = options.capacity ?? 2000;
  const lifetime = (options.days ?? 7) * DAY;
  const ticketKeys = options.ticketKeys ?? randomBytes(48);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const publicDer = publicKey.export({ type: 'spki', format: 'der' });
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const issuer = readProfile(ca.certificate);
  const chainPem = ca.chain.map((each) => each.toString()).join('');
  // The same in every leaf.
  const fixed = [
    keyUsage(KEY_USAGE.digitalSignature),
    serverAuth(),
    subjectKeyId(keyIdOf(publicKey)),
    authorityKeyId(issuer.subjectKeyId ?? keyIdOf(ca.certificate.publicKey)),
  ];
  const caNotAfter = ca.certificate.validToDate.getTime();
  const entries = new Map<string, Entry>();
  const stats = { hits: 0, minted: 0, mintMs: 0 };
  let turn: Promise<unknown> = Promise.resolve();

  async function mint(names: readonly string[]): Promise<Leaf> {
    const start = now();
    const notAfter = Math.min(start + lifetime, caNotAfter);
    if (notAfter <= start)
      throw new DaylightError(
        'ERR_CA',
        `the CA certificate expired on ${new Date(caNotAfter).toISOString()}; run: daylight ca rotate`,
      );
    const host = names[0] ?? '';
    const named = host.length <= MAX_COMMON_NAME;
    const certificate = await buildCertificate({
      issuer: issuer.subject,
      subject: distinguishedName(named ? { commonName: host } : {}),
      notBefore: new Date(start - BACKDATED),
      notAfter: new Date(notAfter),
      publicKey: publicDer,
      extensions: [subjectAltName(names, !named), ...fixed],
      signer: ca.key,
    });
    return { chain: certificate.toString() + chainPem, key: privatePem, notAfter };
  }

  async function make(key: string, names: readonly string[]): Promise<{ context: SecureContext; staleAt: number }> {
    const mine = turn.then(() => nextTurn());
    turn = mine;
    await mine;
    const begun = performance.now();
    const { chain, notAfter } = await mint(names);
    const context = createSecureContext({
      ...options.context,
      key: privatePem,
      cert: chain,
      ticketKeys,
      // A ticket is good for the names it was made for, though all contexts share the ticket keys.
      sessionIdContext: createHash('sha256').update(key).digest('hex').slice(0, 32),
    });
    const left = notAfter - now();
    stats.minted += 1;
    stats.mintMs += performance.now() - begun;
    return { context, staleAt: notAfter - Math.min(3 * DAY, left / 2) };
  }

  return {
    async secureContextFor(asked) {
      const names = namesOf(asked);
      const key = names.join('\n');
      const known = entries.get(key);
      entries.delete(key);
      if (known && known.staleAt > now()) {
        stats.hits += 1;
        entries.set(key, known);
        return (await known.made).context;
      }
      const entry: Entry = { made: make(key, names), staleAt: Number.POSITIVE_INFINITY };
      entries.set(key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break;
        entries.delete(oldest);
      }
      try {
        const { context, staleAt } = await entry.made;
        entry.staleAt = staleAt;
        return context;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    mint: (asked) => mint(namesOf(asked)),
    get stats() {
      return { ...stats, entries: entries.size };
    },
  };
}

/** Normal forms without repetition, the host first. */
function namesOf(asked: LeafNames): string[] {
  const rest = (asked.extraSans ?? []).map((name) => normaliseHost(name).host).sort();
  return [...new Set([normaliseHost(asked.host).host, ...rest])];
}
