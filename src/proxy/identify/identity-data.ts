// What workers know for telling who is who: proxy tokens and the map of addresses, as the main process hands them over.

import type { IssuedToken } from '../../account.ts';
import { type AddressEntry, type AddressMap, createAddressMap } from './address-map.ts';
import { createTokenBook, type TokenBook } from './token-book.ts';

/** Everything, for a worker that begins. */
export interface IdentityState {
  tokens: readonly IssuedToken[];
  addresses: readonly AddressEntry[];
}

/** What is new or another, and the ids and keys of what is gone. */
export interface IdentityChange {
  tokens?: { put: readonly IssuedToken[]; gone: readonly string[] };
  addresses?: { put: readonly AddressEntry[]; gone: readonly string[] };
}

export interface IdentityData {
  tokens: TokenBook;
  addresses: AddressMap;
  apply(change: IdentityChange): void;
}

/** @param now epoch milliseconds */
export function createIdentityData(state: IdentityState | undefined, now: () => number): IdentityData {
  const tokens = createTokenBook(now);
  const addresses = createAddressMap(now);
  tokens.put(state?.tokens ?? []);
  addresses.put(state?.addresses ?? []);
  return {
    tokens,
    addresses,
    apply(change) {
      if (change.tokens) {
        tokens.remove(change.tokens.gone);
        tokens.put(change.tokens.put);
      }
      if (change.addresses) {
        addresses.remove(change.addresses.gone);
        addresses.put(change.addresses.put);
      }
    },
  };
}
