// How it stands with a server: what policy says of it (blocked, approved), else what people noted (in review, new).

import { endOf } from '../engine/policy/date.ts';
import { covers, type Place, placeOf } from '../engine/policy/origin.ts';
import type { Approval, BlockedServer, Policy } from '../engine/policy/schema.ts';
import type { Review } from './api/options.ts';
import type { ServerState } from './api/shapes.ts';

export interface StateOfServer {
  state: ServerState;
  owner: string;
  note: string;
  /** As written in policy. */
  approval: Approval | null;
  block: BlockedServer | null;
}

export interface ServerStates {
  of(serverKey: string): StateOfServer;
}

type Portal = Policy['approved']['portals'][number] & { until?: undefined };
type Index<Entry> = Map<string, { place: Place; entry: Entry }[]>;

/** @param now epoch milliseconds, for what has expired */
export function createServerStates(
  policy: () => Policy,
  reviews: () => ReadonlyMap<string, Review>,
  now: () => number,
): ServerStates {
  let known: { policy: Policy; approvals: Index<Approval>; blocks: Index<BlockedServer>; portals: Index<Portal> } | undefined;

  return {
    of(serverKey) {
      const present = policy();
      if (known?.policy !== present)
        known = {
          policy: present,
          approvals: byOrigin(present.approved.servers),
          blocks: byOrigin(present.modes.blocked),
          portals: byOrigin<Portal>(present.approved.portals),
        };
      const at = now();
      const place = placeOf(serverKey.replace(/^attached:/, 'name:'));
      const approval = find(known.approvals, place, at);
      const block = find(known.blocks, place, at);
      const review = reviews().get(serverKey);
      // What lies behind a portal was let in there.
      const isApproved = approval !== null || find(known.portals, place, at) !== null;
      const state = block ? 'blocked' : isApproved ? 'approved' : (review?.state ?? 'new');
      return { state, owner: approval?.owner ?? review?.owner ?? '', note: review?.note ?? '', approval, block };
    },
  };
}

function byOrigin<Entry extends { url: string }>(entries: readonly Entry[]): Index<Entry> {
  const index: Index<Entry> = new Map();
  for (const entry of entries) {
    const place = placeOf(entry.url);
    index.set(place.origin, [...(index.get(place.origin) ?? []), { place, entry }]);
  }
  return index;
}

function find<Entry extends { until?: string | undefined }>(index: Index<Entry>, place: Place, now: number): Entry | null {
  const found = index.get(place.origin)?.find((each) => covers(each.place, place) && endOf(each.entry.until) > now);
  return found?.entry ?? null;
}
