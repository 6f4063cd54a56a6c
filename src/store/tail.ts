// Follows the store: every event once, in the order in which ClickHouse took them.
//
// An insert becomes visible some time after its rows were stamped, so a simple "newer than the last one" would miss rows of
// a slow insert. Each poll therefore looks back OVERLAP_MS before the newest stamp and leaves out what was already given.

import type { ClickHouseClient } from '@clickhouse/client';
import { conditionsOf, type EventFilter, select } from './queries.ts';
import { EVENT_COLUMNS, fromRow, type Row, type StoredEvent } from './rows.ts';

export interface TailOptions extends Omit<EventFilter, 'since' | 'until'> {
  /** Start with events that arrived since, epoch milliseconds; default now. */
  from?: number | undefined;
  /** Milliseconds between polls when nothing is waiting. */
  pollMs?: number | undefined;
  /** Ends the iteration. */
  signal?: AbortSignal | undefined;
}

/** Longer than any insert may take. */
const OVERLAP_MS = 90_000;
const PAGE = 200;

/** Events as they arrive, until `signal` aborts. */
export async function* tailEvents(reader: ClickHouseClient, options: TailOptions = {}): AsyncGenerator<StoredEvent, void, void> {
  const { pollMs = 500, signal } = options;
  const start = options.from ?? (await clockOf(reader));
  const { where, params } = conditionsOf(options);
  const condition = [...where, 'f.ingest_ts >= fromUnixTimestamp64Milli({from:Int64})'].join(' AND ');
  const known = `SELECT f.event_id AS id, toUnixTimestamp64Milli(f.ingest_ts) AS at FROM http_flow AS f WHERE ${condition} ORDER BY f.ingest_ts, f.ts`;
  const full = `SELECT ${EVENT_COLUMNS} FROM http_flow AS f WHERE ${condition} AND has({ids:Array(UUID)}, f.event_id)`;

  /** Ids given in the overlap, with their stamps. */
  const given = new Map<string, number>();
  let newest = start;
  while (!signal?.aborted) {
    const from = Math.max(start, newest - OVERLAP_MS);
    for (const [id, at] of given) if (at < from) given.delete(id);
    // First only ids, which are small; then the rows that are new.
    const ids = await select<{ id: string; at: string }>(reader, known, { ...params, from });
    const fresh = ids.filter(({ id }) => !given.has(id));
    for (let index = 0; index < fresh.length; index += PAGE) {
      const page = fresh.slice(index, index + PAGE).map(({ id }) => id);
      const rows = (await select<Row>(reader, full, { ...params, from, ids: page })).map(fromRow);
      rows.sort((a, b) => a.ingest_ts - b.ingest_ts || a.ts - b.ts);
      for (const event of rows) {
        if (signal?.aborted) return;
        given.set(event.event_id, event.ingest_ts);
        newest = Math.max(newest, event.ingest_ts);
        yield event;
      }
    }
    if (fresh.length === 0) await sleep(pollMs, signal);
  }
}

/** Now, by the clock that stamps the rows. */
async function clockOf(reader: ClickHouseClient): Promise<number> {
  const rows = await select<{ now: string }>(reader, 'SELECT toUnixTimestamp64Milli(now64(3)) AS now', {});
  return Number(rows[0]?.now ?? Date.now());
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
