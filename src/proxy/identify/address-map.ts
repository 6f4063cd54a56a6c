// Who uses which address: networks and single addresses from several sources, found by the longest prefix.
//
// The user and the device are looked for apart: a lease names the device, a network the user. Of entries for the same network the source
// listed first counts. An entry with an end counts until then.

import { addressOf, type NumericAddress, networkOf } from './numeric-address.ts';

/** One line of a map, as the main process hands it to the workers. */
export interface AddressEntry {
  /** Tells entries apart: the source and the network. */
  key: string;
  /** Place of the source in the configuration. */
  rank: number;
  /** CIDR, or one address. */
  network: string;
  user: string;
  groups: readonly string[];
  device: string;
  /** Epoch milliseconds; 0 for no end. */
  until: number;
}

/** What is known of an address; '' for what is not. */
export interface AddressFacts {
  user: string;
  groups: readonly string[];
  device: string;
}

export interface AddressMap {
  lookup(address: string): AddressFacts;
  /** Replaces entries of the same keys. */
  put(entries: readonly AddressEntry[]): void;
  remove(keys: readonly string[]): void;
}

export const NOTHING_KNOWN: AddressFacts = { user: '', groups: [], device: '' };
const REMEMBERED = 50_000;

/** @param now epoch milliseconds */
export function createAddressMap(now: () => number): AddressMap {
  const byKey = new Map<string, { place: string; prefix: number; bits: 32 | 128 }>();
  /** By network in normal form. */
  const entries = new Map<string, AddressEntry[]>();
  /** How many entries have a prefix of this length, for each family. */
  const lengths = { 32: new Map<number, number>(), 128: new Map<number, number>() };
  let ordered: Record<32 | 128, number[]> = { 32: [], 128: [] };
  const known = new Map<string, { facts: AddressFacts; until: number }>();

  function count(bits: 32 | 128, prefix: number, by: 1 | -1): void {
    const left = (lengths[bits].get(prefix) ?? 0) + by;
    if (left > 0) lengths[bits].set(prefix, left);
    else lengths[bits].delete(prefix);
    ordered = { ...ordered, [bits]: [...lengths[bits].keys()].sort((a, b) => b - a) };
  }

  function removeOne(key: string): void {
    const at = byKey.get(key);
    if (!at) return;
    byKey.delete(key);
    const left = entries.get(at.place)!.filter((entry) => entry.key !== key);
    if (left.length > 0) entries.set(at.place, left);
    else entries.delete(at.place);
    count(at.bits, at.prefix, -1);
  }

  function find(address: NumericAddress): { facts: AddressFacts; until: number } {
    const time = now();
    const { bits } = address;
    let [user, device]: (AddressEntry | undefined)[] = [];
    // What is found may change when the first of the entries that were looked at ends.
    let until = Number.POSITIVE_INFINITY;
    for (const prefix of ordered[bits]) {
      for (const entry of entries.get(placeOf(address, prefix)) ?? []) {
        if (entry.until !== 0) {
          if (entry.until <= time) continue;
          until = Math.min(until, entry.until);
        }
        if (entry.user !== '') user ??= entry;
        if (entry.device !== '') device ??= entry;
      }
      if (user && device) break;
    }
    return user || device
      ? { facts: { user: user?.user ?? '', groups: user?.groups ?? [], device: device?.device ?? '' }, until }
      : { facts: NOTHING_KNOWN, until };
  }

  return {
    lookup(text) {
      if (byKey.size === 0) return NOTHING_KNOWN;
      const before = known.get(text);
      if (before && before.until > now()) return before.facts;
      const address = addressOf(text);
      if (!address) return NOTHING_KNOWN;
      const found = find(address);
      if (known.size >= REMEMBERED) known.clear();
      known.set(text, found);
      return found.facts;
    },
    put(list) {
      known.clear();
      for (const entry of list) {
        const network = networkOf(entry.network);
        if (!network) continue;
        removeOne(entry.key);
        const { bits } = network.address;
        const place = placeOf(network.address, network.prefix);
        byKey.set(entry.key, { place, bits, prefix: network.prefix });
        entries.set(
          place,
          [...(entries.get(place) ?? []), entry].sort((a, b) => a.rank - b.rank),
        );
        count(bits, network.prefix, 1);
      }
    },
    remove(keys) {
      known.clear();
      for (const key of keys) removeOne(key);
    },
  };
}

function placeOf({ bits, value }: NumericAddress, prefix: number): string {
  return `${bits}/${prefix}/${(value >> BigInt(bits - prefix)).toString(36)}`;
}
