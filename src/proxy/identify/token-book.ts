// The proxy tokens that count, as a worker knows them, and whether one that is offered is among them.
//
// One SHA-256 and a comparison in constant time the first time; what was right is then remembered by the very text that came, so that a
// kept-alive client costs a lookup. An entry that goes away takes what was remembered with it.

import { timingSafeEqual } from 'node:crypto';
import type { IssuedToken } from '../../account.ts';
import { hashProxyToken } from '../../proxy-token.ts';
import type { Offered } from './proxy-authorization.ts';

export interface KnownToken extends IssuedToken {
  /** Revoked, or replaced by an entry that says something else. */
  gone: boolean;
}

export type TokenAnswer = { token: KnownToken; problem?: undefined } | { token?: undefined; problem: string };

export interface TokenBook {
  /** @param key the text as it came; @param read what it says, asked for only if it is not remembered */
  check(key: string, read: () => Offered): TokenAnswer;
  put(tokens: readonly IssuedToken[]): void;
  remove(ids: readonly string[]): void;
  /** Ids of those used since the last call. */
  takeUsed(): string[];
}

const REMEMBERED = 20_000;
const UNKNOWN = 'This proxy token is unknown or was revoked.';

/** @param now epoch milliseconds */
export function createTokenBook(now: () => number): TokenBook {
  const byId = new Map<string, KnownToken>();
  const verified = new Map<string, { token: KnownToken }>();
  const used = new Set<string>();

  function verify(offered: Offered): TokenAnswer {
    if (offered.problem !== undefined) return offered;
    const token = byId.get(offered.id);
    if (!token || !isSame(token.hash, hashProxyToken(offered.token))) return { problem: UNKNOWN };
    return { token };
  }

  return {
    check(key, read) {
      let answer: TokenAnswer | undefined = verified.get(key);
      if (!answer?.token || answer.token.gone) {
        answer = verify(read());
        if (!answer.token) return answer;
        if (verified.size >= REMEMBERED) verified.clear();
        verified.set(key, answer);
      }
      const { token } = answer;
      if (token.expires <= now())
        return { problem: `This proxy token ended on ${new Date(token.expires).toISOString().slice(0, 10)}.` };
      used.add(token.id);
      return answer;
    },
    put(tokens) {
      for (const token of tokens) {
        const before = byId.get(token.id);
        if (before) before.gone = true;
        byId.set(token.id, { ...token, gone: false });
      }
      forget();
    },
    remove(ids) {
      for (const id of ids) {
        const token = byId.get(id);
        if (token) token.gone = true;
        byId.delete(id);
      }
      forget();
    },
    takeUsed() {
      const ids = [...used];
      used.clear();
      return ids;
    },
  };

  function forget(): void {
    for (const [key, { token }] of verified) if (token.gone) verified.delete(key);
  }
}

function isSame(stored: string, computed: string): boolean {
  const [one, other] = [Buffer.from(stored, 'latin1'), Buffer.from(computed, 'latin1')];
  return one.length === other.length && timingSafeEqual(one, other);
}
