// What a format has no field for: the columns of an event (docs/reference/events.md) that no field of it shows.

import type { Event } from '../../engine/event.ts';
import { isEmpty } from './filled.ts';

/** Names of columns, checked against the type of the event. */
export function columnsOf<E extends Event>(...names: (readonly (keyof E & string)[])[]): ReadonlySet<string> {
  return new Set(names.flat());
}

/** The columns that hold something and are not in `shown`, by their own names; undefined if there are none. */
export function restOf(event: Event, shown: ReadonlySet<string>): Record<string, unknown> | undefined {
  const rest: Record<string, unknown> = {};
  let some = false;
  for (const [column, value] of Object.entries(event)) {
    if (shown.has(column) || isEmpty(value)) continue;
    rest[column] = value;
    some = true;
  }
  return some ? rest : undefined;
}
