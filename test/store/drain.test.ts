import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reader, Segment } from '../../src/store/cursor.ts';
import { type Drain, type DrainOptions, startDrain } from '../../src/store/drain.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import { openSpool } from '../../src/store/spool.ts';
import { flowEvent } from './sample-event.ts';

let dir: string;
let drains: Drain[];
let troubles: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-drain-'));
  drains = [];
  troubles = [];
});

afterEach(async () => {
  for (const drain of drains) await drain.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A drain without ClickHouse: its reader waits, as during an outage. */
function start(options: Partial<DrainOptions> = {}): Drain {
  const onTrouble: DrainOptions['onTrouble'] = ({ kind }) => troubles.push(kind);
  const drain = startDrain({ dir, client: null, database: 'daylight', scanMs: 10, onTrouble, ...options });
  drains.push(drain);
  return drain;
}

let clock = 1_700_000_000;
async function segment(name: string, content = '{"a":1}\n'): Promise<string> {
  // Complete before the drain sees it: it may read and delete it at once.
  const unseen = join(dir, `${name}.new`);
  await writeFile(unseen, content);
  await utimes(unseen, clock, clock++);
  await rename(unseen, join(dir, name));
  return name;
}

function collector(name = 'collector'): Reader & { seen: string[] } {
  const seen: string[] = [];
  return {
    name,
    seen,
    async deliver({ id }: Segment) {
      seen.push(id);
      return 'delivered';
    },
  };
}

const segments = async () => (await readdir(dir)).filter((file) => /\.(open|ndjson)$/.test(file)).sort();
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('startDrain', () => {
  test('gives every reader every segment in order, and keeps it for the slowest', async () => {
    for (const writer of ['b', 'a']) {
      for (const seq of [1, 2, 3]) await segment(`${writer}.0.1.1-http_flow-00000000${seq}.ndjson`);
    }
    const reader = collector();
    const drain = start({ readers: [reader] });
    await until(() => reader.seen.length === 6);
    const expected = ['b', 'b', 'b', 'a', 'a', 'a'].map(
      (writer, index) => `${writer}.0.1.1-http_flow-00000000${(index % 3) + 1}`,
    );
    expect(reader.seen).toEqual(expected);
    expect(await segments()).toHaveLength(6);
    expect(drain.stats()).toMatchObject({
      pendingSegments: 6,
      pendingBytes: 48,
      lastError: expect.stringContaining('not available'),
    });

    await drain.stop();
    const again = collector();
    start({ readers: [again] });
    await segment('c.0.1.1-http_flow-000000001.ndjson');
    await until(() => again.seen.length === 1);
    expect(again.seen).toEqual(['c.0.1.1-http_flow-000000001']);
  });

  test('tries a failing reader again, and goes on in order', async () => {
    await segment('a.0.1.1-http_flow-000000001.ndjson');
    await segment('a.0.1.1-http_flow-000000002.ndjson');
    const reader = collector();
    let failures = 2;
    const flaky: Reader = {
      name: 'flaky',
      async deliver(one) {
        if (failures-- > 0) throw new Error('connection reset');
        return reader.deliver(one);
      },
    };
    const drain = start({ readers: [flaky] });
    await until(() => reader.seen.length === 2);
    expect(reader.seen).toEqual(['a.0.1.1-http_flow-000000001', 'a.0.1.1-http_flow-000000002']);
    expect(drain.stats().retries).toBeGreaterThanOrEqual(2);
    expect(troubles).toContain('retry');
  });

  test('takes over what a dead writer left open, and leaves a living one alone', async () => {
    const alive = `${processIdentity('w')}-http_flow-000000001.open`;
    await segment('w.0.999999.1-http_flow-000000007.open', '{"a":1}\n{"to');
    await segment(alive, '{"a":1}\n{"to');
    const reader = collector();
    start({ readers: [reader] });
    await until(() => reader.seen.length === 1);
    expect(reader.seen).toEqual(['w.0.999999.1-http_flow-000000007']);
    expect(await readFile(join(dir, 'w.0.999999.1-http_flow-000000007.ndjson'), 'utf8')).toBe('{"a":1}\n');
    expect(await readFile(join(dir, alive), 'utf8')).toBe('{"a":1}\n{"to');
  });

  test('holds the disk cap: oldest benign segments first, then flows, audit never', async () => {
    const full = 'x'.repeat(1_000);
    await segment('a.0.1.1-audit_log-000000001.ndjson', full);
    await segment('a.0.1.1-http_flow-000000002.ndjson', full);
    await segment('a.0.1.1-http_flow.benign-000000003.ndjson', full);
    await segment('a.0.1.1-http_flow.benign-000000004.ndjson', full);
    await segment('a.0.1.1-http_flow-000000005.ndjson', full);
    // Nothing is in flight: no reader is asked while this one never answers for other tables.
    const drain = start({ limitBytes: 3_000 });
    await until(() => drain.stats().capped === 2);
    expect(await segments()).toEqual([
      'a.0.1.1-audit_log-000000001.ndjson',
      'a.0.1.1-http_flow-000000002.ndjson',
      'a.0.1.1-http_flow-000000005.ndjson',
    ]);
    await drain.stop();
    const tighter = start({ limitBytes: 500 });
    await until(() => tighter.stats().capped === 2);
    expect(await segments()).toEqual(['a.0.1.1-audit_log-000000001.ndjson']);
    expect(troubles).toContain('cap');
  });

  test('a reader that is stuck loses what is over the cap, and costs no other one anything', async () => {
    const full = 'x'.repeat(1_000);
    const stuck: Reader = { name: 'stuck', deliver: () => Promise.reject(new Error('stuck')) };
    const quick = collector('quick');
    const drain = start({ limitBytes: 3_000, readers: [stuck, quick] });
    for (let seq = 1; seq <= 6; seq++) {
      await segment(`a.0.1.1-http_flow-00000000${seq}.ndjson`, full);
      await until(() => quick.seen.length === seq);
    }
    await segment('a.0.1.1-audit_log-000000007.ndjson', full);
    await until(() => quick.seen.length === 7 && drain.stats().capped >= 6);
    await until(async () => (await segments()).length <= 4);
    expect(await segments()).toContain('a.0.1.1-audit_log-000000007.ndjson');
    expect(quick.seen).toHaveLength(7);
  });

  test('forgets a reader that is configured no more, and deletes what only it had not read', async () => {
    await segment('a.0.1.1-http_flow-000000001.ndjson', '');
    const first = start({ readers: [{ name: 'sink-a', deliver: () => Promise.reject(new Error('down')) }, collector('sink-b')] });
    await segment('a.0.1.1-http_flow-000000002.ndjson');
    await until(() => first.stats().retries > 0);
    await first.stop();
    await writeFile(join(dir, 'clickhouse.passed'), 'a.0.1.1-http_flow-000000001\na.0.1.1-http_flow-000000002\n');
    start({ readers: [collector('sink-b')] });
    await until(async () => (await segments()).length === 0);
    expect((await readdir(dir)).filter((file) => file.endsWith('.passed')).sort()).toEqual([
      'clickhouse.passed',
      'sink-b.passed',
    ]);
  });

  test('what a reader has passed is remembered in a file that stays short', async () => {
    const stuck: Reader = {
      name: 'stuck',
      wants: (table) => table === 'mcp_call',
      deliver: () => Promise.reject(new Error('down')),
    };
    const quick = collector('quick');
    await segment('a.0.1.1-mcp_call-000000001.ndjson');
    start({ readers: [stuck, quick] });
    await until(() => quick.seen.length === 1);
    for (let n = 0; n < 1_200; n++) await writeFile(join(dir, `a.0.1.1-http_flow-${String(n).padStart(9, '0')}.ndjson`), '');
    await until(async () => (await segments()).length === 1);
    const lines = (await readFile(join(dir, 'quick.passed'), 'utf8')).split('\n').filter(Boolean);
    expect(lines.length).toBeLessThan(1_100);
    expect(lines).toContain('a.0.1.1-mcp_call-000000001');
  });

  test('ignores files that are no segments, and a segment that vanishes', async () => {
    await segment('README.txt');
    await segment('a.0.1.1-http_flow-000000001.ndjson');
    const drain = start();
    await until(() => drain.stats().retries > 0);
    await rm(join(dir, 'a.0.1.1-http_flow-000000001.ndjson'));
    await drain.idle();
    expect(await readdir(dir)).toContain('README.txt');
  });

  test('empty segments go without bothering ClickHouse', async () => {
    await segment('a.0.1.1-http_flow-000000001.ndjson', '');
    await start().idle();
    expect(await segments()).toEqual([]);
  });

  test('sees what a spool beside it seals', async () => {
    const reader = collector();
    start({ readers: [reader] });
    const spool = openSpool({ dir, writer: processIdentity('w'), sealMs: 1, onError: (error) => troubles.push(error.message) });
    spool.append(flowEvent());
    await spool.close();
    await until(() => reader.seen.length === 1);
  });
});
