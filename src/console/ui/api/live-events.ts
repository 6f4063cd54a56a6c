// Puts what the live feed brings on top of what it brought before.

interface Recorded {
  event_id: string;
}

/** Events that stay on the page. */
export const MOST_LIVE = 1_000;

/** @param arrived oldest first @returns newest first, each once, not more than MOST_LIVE */
export function joinNewest<Event extends Recorded>(known: readonly Event[], arrived: readonly Event[]): Event[] {
  const seen = new Set<string>();
  const joined: Event[] = [];
  for (const event of [...arrived.toReversed(), ...known]) {
    if (joined.length === MOST_LIVE) break;
    if (seen.has(event.event_id)) continue;
    seen.add(event.event_id);
    joined.push(event);
  }
  return joined;
}
