// What ClickHouse holds of the load, asked through the reader's connection that the appliance publishes.

import { LOAD_ID } from './load.ts';
import type { Service } from './service.ts';

export interface Stored {
  /** Rows, by id of the load. */
  times: Map<string, number>;
  /** Rows of http_flow, and different event ids in them: the same unless something was stored twice. */
  rows: number;
  events: number;
  /** Detections, and what the inventory of servers counted of them. */
  detections: number;
  counted: number;
}

export async function readStored(service: Pick<Service, 'store'>): Promise<Stored> {
  const store = service.store();
  const rowsOf = async <T>(query: string): Promise<T[]> => (await store.reader.query({ query, format: 'JSONEachRow' })).json<T>();
  try {
    const ids = await rowsOf<{ id: string; n: string }>(
      `SELECT ${LOAD_ID} AS id, count() AS n FROM http_flow WHERE id != '' GROUP BY id`,
    );
    const [sums] = await rowsOf<Record<'total' | 'events' | 'detections' | 'counted', string>>(
      `SELECT count() AS total, uniqExact(event_id) AS events, countIf(traffic != 'none') AS detections,
        (SELECT sum(n) FROM server_inventory) AS counted FROM http_flow`,
    );
    return {
      times: new Map(ids.map(({ id, n }) => [id, Number(n)])),
      rows: Number(sums?.total),
      events: Number(sums?.events),
      detections: Number(sums?.detections),
      counted: Number(sums?.counted),
    };
  } finally {
    await store.close();
  }
}
