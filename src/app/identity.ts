// The part of the composition root that knows who is who: proxy tokens from the file of accounts, and the map of addresses. Workers get
// everything when they begin, and what changes within a moment, whichever process changed it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuedToken, ProxyTokenDesk } from '../account.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openAddressSources } from '../proxy/identify/address-sources.ts';
import type { IdentityChange, IdentityState } from '../proxy/identify/identity-data.ts';

export interface Identities {
  state(): IdentityState;
  markUsed(ids: readonly string[]): void;
  /** From now on changes are told. */
  follow(tell: (change: IdentityChange) => void): void;
  stop(): void;
}

/** A token that was revoked counts no longer than a second: this, and the way to the workers. */
const LOOK_MS = 250;
/** How long the start waits for the first answers of feeds. */
const FEED_WAIT_MS = 3_000;

/** @param tokens absent when accounts cannot be read: no token counts then */
export async function openIdentities(
  config: Config,
  { log, tokens }: { log: Log; tokens: ProxyTokenDesk | undefined },
): Promise<Identities> {
  let tell: ((change: IdentityChange) => void) | undefined;
  let version = Number.NaN;
  let known = new Map<string, IssuedToken>();
  let broken = false;

  const sources = openAddressSources(config.identity.addresses, {
    log,
    onChange: (addresses) => tell?.({ addresses }),
  });

  function readTokens(): void {
    if (!tokens) return;
    try {
      const now = tokens.version();
      if (now === version) return;
      const next = new Map(tokens.inForce().map((token) => [token.id, token]));
      const put = [...next.values()].filter((token) => !isSame(token, known.get(token.id)));
      const gone = [...known.keys()].filter((id) => !next.has(id));
      [version, known, broken] = [now, next, false];
      if (put.length > 0 || gone.length > 0) tell?.({ tokens: { put, gone } });
    } catch (error) {
      if (!broken) log.error({ err: error }, 'proxy tokens cannot be read: those known so far stay in force');
      broken = true;
    }
  }

  readTokens();
  const timer = setInterval(readTokens, LOOK_MS).unref();
  await Promise.race([sources.settled, sleep(FEED_WAIT_MS, undefined, { ref: false })]);
  return {
    state: () => ({ tokens: [...known.values()], addresses: sources.entries() }),
    markUsed(ids) {
      try {
        tokens?.markUsed(ids);
      } catch (error) {
        log.error({ err: error }, 'the last use of proxy tokens cannot be written down');
      }
    },
    follow(to) {
      tell = to;
    },
    stop() {
      clearInterval(timer);
      sources.stop();
    },
  };
}

function isSame(one: IssuedToken, other: IssuedToken | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
