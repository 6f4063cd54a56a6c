// Delivers one spool segment to ClickHouse: the file is the body of the INSERT, the segment's id its deduplication token,
// so that sending it again after an unclear answer changes nothing; what such an answer left out is put back (restore.ts).
//
// When ClickHouse refuses the data itself, the same segment is sent once more with its bad lines skipped, and kept aside
// for people to look at: one bad line must not hide ten thousand good ones, nor hold up those behind it.

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import { DaylightError } from '../errors.ts';
import type { Reader, Segment } from './cursor.ts';
import { findMissing } from './restore.ts';

/**
 * Everything that decides whether an insert is one block, deduplicated and acknowledged only when stored. All of it is
 * pinned: the defaults of several changed between ClickHouse 25.8 and 26.5.
 */
const PINNED: ClickHouseSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_insert_threads: '1',
  max_insert_block_size: '1048576',
  min_insert_block_size_rows: '1048576',
  min_insert_block_size_bytes: '268435456',
  input_format_parallel_parsing: 0,
  input_format_skip_unknown_fields: 1,
  input_format_null_as_default: 1,
  date_time_input_format: 'best_effort',
};

/** ClickHouse error codes that blame the data (src/Common/ErrorCodes.cpp). Everything else may pass with time. */
// biome-ignore format: a list of numbers
const DATA_ERRORS = new Set([
  '6', '25', '26', '27', '33', '38', '41', '53', '69', '70', '72', '117', '131', '190', '321', '349', '376', '441', '467', '675', '676', '691',
]);

/** Bytes of a segment read at a time: every piece costs a turn of the main process. */
const READ_BYTES = 1024 * 1024;

/** Times a data error must repeat before it is believed: a connection cut in mid-segment can look like one. */
const PROOFS = 2;

export interface InsertOptions {
  /** The client to use now, or null while there is no server to talk to. */
  client: () => ClickHouseClient | null;
  database: string;
  /** Prefix of the deduplication tokens; tells appliances that share one ClickHouse apart. */
  installation: string;
  /** Folder for segments with bad lines. */
  deadDir: string;
  onDead: (segment: Segment, error: Error) => void;
  /** ClickHouse had lost rows of a segment that it took; they were put back. */
  onRestored: (segment: Segment, rows: number) => void;
}

/** The reader that feeds ClickHouse. */
export function clickhouseReader(options: InsertOptions): Reader {
  const refusals = new Map<string, number>();
  /** Segments of which an attempt failed: ClickHouse may have begun to store them. */
  const uncertain = new Set<string>();
  const start = Date.now();

  function connected(): ClickHouseClient {
    const client = options.client();
    if (!client) throw new DaylightError('ERR_STORE', 'ClickHouse is not available; events wait in the spool');
    return client;
  }

  async function insert(segment: Segment, settings: ClickHouseSettings, lines?: readonly string[]): Promise<void> {
    const client = connected();
    const values = lines
      ? Readable.from(
          lines.map((line) => `${line}\n`),
          { objectMode: false },
        )
      : createReadStream(segment.path, { highWaterMark: READ_BYTES });
    const token = `${options.installation}/${segment.id}${lines ? `/restored-${randomUUID()}` : ''}`;
    try {
      const result = await client.exec({
        query: `INSERT INTO ${options.database}.${segment.table} FORMAT JSONEachRow`,
        values,
        clickhouse_settings: { ...PINNED, insert_deduplication_token: token, ...settings },
      });
      await buffer(result.stream);
    } finally {
      values.destroy();
    }
  }

  /** Looks whether a segment that was tried before is stored whole, and completes it. */
  async function complete(segment: Segment): Promise<void> {
    if (segment.table === 'flow_count' || segment.table === 'client_count') return;
    const missing = await findMissing(connected(), options.database, segment);
    if (missing.length === 0) return;
    await insert(segment, {}, missing);
    options.onRestored(segment, missing.length);
  }

  async function deliver(segment: Segment): Promise<'delivered' | 'dead'> {
    try {
      const tried = uncertain.has(segment.id) || (await stat(segment.path)).mtimeMs < start;
      uncertain.add(segment.id);
      await insert(segment, {});
      if (tried) await complete(segment);
      uncertain.delete(segment.id);
      refusals.delete(segment.id);
      return 'delivered';
    } catch (error) {
      if (!(error instanceof ClickHouseError) || !DATA_ERRORS.has(error.code)) throw error;
      const times = (refusals.get(segment.id) ?? 0) + 1;
      refusals.set(segment.id, times);
      if (times < PROOFS) throw error;
      await mkdir(options.deadDir, { recursive: true, mode: 0o700 });
      await copyFile(segment.path, join(options.deadDir, basename(segment.path)));
      await salvage(segment);
      refusals.delete(segment.id);
      options.onDead(segment, error);
      return 'dead';
    }
  }

  async function salvage(segment: Segment): Promise<void> {
    try {
      await insert(segment, { input_format_allow_errors_num: String(Number.MAX_SAFE_INTEGER) });
    } catch (error) {
      // Refused even so: it stays in the dead folder whole. Anything else means that ClickHouse went away meanwhile.
      if (!(error instanceof ClickHouseError) || !DATA_ERRORS.has(error.code)) throw error;
    }
  }

  return { name: 'clickhouse', deliver };
}
