// Fills the table behind a new view with the rows that its source already has. A view's migration asks for it with a line
// `-- backfill from TABLE`, where TABLE is what the view reads; its SELECT says how.
//
// Order: empty the table, then one insert for each day of the source; the view is made after that. So a backfill that was cut off
// starts again from nothing, no row is counted twice, and memory holds one day at a time. Rows that somebody else's appliance
// writes to the same ClickHouse meanwhile are missing in the view's table; the appliance itself delivers nothing before migrations are done.

import type { ClickHouseClient } from '@clickhouse/client';

const ASKED = /^-- backfill from (\w+)$/m;
const VIEW = /CREATE MATERIALIZED VIEW IF NOT EXISTS .* TO (\S+) AS\n([\s\S]+)$/;

/** Whether this migration asks for a backfill. */
export function asksForBackfill(template: string): boolean {
  return ASKED.test(template);
}

/**
 * @param sql the migration, rendered.
 * @param cluster clause for statements on all servers of a cluster, or ''.
 */
export async function backfill(client: ClickHouseClient, database: string, sql: string, cluster: string): Promise<void> {
  const [, target = '', select = ''] = VIEW.exec(sql) ?? [];
  const source = `${database}.${ASKED.exec(sql)?.[1]}`;
  const ofDay = select.replace(`FROM ${source} AS`, `FROM (SELECT * FROM ${source} WHERE toDate(ts) = {day:Date}) AS`);
  if (target === '' || ofDay === select) throw new Error(`the migration does not read ${source} into a table`);
  await client.command({ query: `TRUNCATE TABLE ${target} ${cluster}`, clickhouse_settings: { wait_end_of_query: 1 } });
  const days = await rowsOf<{ day: string }>(`SELECT DISTINCT toString(toDate(ts)) AS day FROM ${source} ORDER BY day`);
  if (days.length === 0) return;
  const columns = await rowsOf<{ name: string }>(`DESCRIBE TABLE (${ofDay})`, days[0]);
  const names = columns.map(({ name }) => name).join(', ');
  for (const day of days) {
    await client.command({
      query: `INSERT INTO ${target} (${names}) ${ofDay}`,
      query_params: { ...day },
      // A day that was inserted before the table was emptied is no duplicate.
      clickhouse_settings: { wait_end_of_query: 1, insert_deduplicate: 0, max_insert_threads: '1' },
    });
  }

  async function rowsOf<T>(query: string, params: object = {}): Promise<T[]> {
    return (await client.query({ query, query_params: { ...params }, format: 'JSONEachRow' })).json<T>();
  }
}
