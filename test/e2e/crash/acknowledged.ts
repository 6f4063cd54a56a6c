// Which requests of the load must be stored: those whose event the spool acknowledged (its fdatasync returned), as far as
// that can be known from outside without asking the process that is killed.
//
// In order: a whole line of it was read from a spool file (it was written; a killed process takes nothing back); or a later
// request of the same connection and lane is on disk or stored, because one process serves a connection, and it writes the
// events of a lane in the order in which they happened; or its connection was closed in order, and the worker ended in order.
//
// What was answered less than a commit before its worker was killed may be lost, and is not counted. No clock is involved: on
// a loaded machine a commit may take seconds, and the rules hold all the same.

import { isCall, type LoadConnection } from './load.ts';

/**
 * @param written ids read from the spool's files.
 * @param stored ids in ClickHouse.
 */
export function acknowledgedIds(
  connections: readonly LoadConnection[],
  written: Iterable<string>,
  stored: ReadonlySet<string>,
): Set<string> {
  const acknowledged = new Set(written);
  for (const { answered, state } of connections) {
    for (const lane of [answered.filter(isCall), answered.filter((id) => !isCall(id))]) {
      const last = state === 'closed' ? lane.length - 1 : lane.findLastIndex((id) => acknowledged.has(id) || stored.has(id));
      for (const id of lane.slice(0, last + 1)) acknowledged.add(id);
    }
  }
  return acknowledged;
}
