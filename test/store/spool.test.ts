import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DaylightError } from '../../src/errors.ts';
import type { SpoolEvent } from '../../src/store/segment.ts';
import { openSpool, type Spool, type SpoolOptions } from '../../src/store/spool.ts';
import { failingDisk } from './failing-disk.ts';
import { auditEvent, benignEvent, flowEvent } from './sample-event.ts';

let dir: string;
let errors: DaylightError[];
let spools: Spool[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-spool-'));
  errors = [];
  spools = [];
});

afterEach(async () => {
  for (const spool of spools) await spool.close();
  await rm(dir, { recursive: true, force: true });
});

function open(options: Partial<SpoolOptions> = {}): Spool {
  const spool = openSpool({
    dir,
    writer: 'w.0.1.1',
    commitMs: 5,
    sealMs: 10_000,
    onError: (error) => errors.push(error),
    ...options,
  });
  spools.push(spool);
  return spool;
}

/** Ids on disk by file, sorted by name. */
async function onDisk(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const file of (await readdir(dir)).sort()) {
    const lines = (await readFile(join(dir, file), 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    found[file] = lines.map((line) => (JSON.parse(line) as { event_id: string }).event_id);
  }
  return found;
}

const allIds = async () => Object.values(await onDisk()).flat();
const idsOf = (events: readonly SpoolEvent[]) => events.map((event) => ('event_id' in event ? event.event_id : ''));

describe('openSpool', () => {
  test('acknowledges what is on disk, and puts each lane in segments of its own', async () => {
    const spool = open();
    const events = [flowEvent(), auditEvent(), benignEvent(), flowEvent()];
    for (const event of events) spool.append(event);
    expect(spool.acknowledged).toBe(0);
    await spool.flush();
    expect(spool.acknowledged).toBe(4);
    const files = await onDisk();
    expect(Object.keys(files).map((file) => file.replace(/\d{9}/, 'N'))).toEqual([
      'w.0.1.1-audit_log-N.open',
      'w.0.1.1-http_flow-N.open',
      'w.0.1.1-http_flow.benign-N.open',
    ]);
    expect((await allIds()).toSorted()).toEqual(idsOf(events).toSorted());
    for (const file of Object.keys(files)) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  });

  test('commits by itself, without a flush', async () => {
    const spool = open();
    spool.append(flowEvent());
    while (spool.acknowledged === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await allIds()).toHaveLength(1);
  });

  test('commits in groups: what comes while one is written waits for the next', async () => {
    const disk = failingDisk();
    const spool = open({ disk, commitMs: 40 });
    for (let index = 0; index < 60; index++) {
      spool.append(flowEvent());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await spool.flush();
    expect(spool.acknowledged).toBe(60);
    expect(disk.calls.filter((call) => call === 'datasync').length).toBeLessThan(20);
  });

  test('flush of an empty spool resolves, and touches nothing', async () => {
    await open().flush();
    expect(await readdir(dir)).toEqual([]);
  });

  test('seals by rows, by bytes and by age; the numbers in the names never repeat', async () => {
    const byRows = open({ writer: 'rows.0.1.1', sealRows: 3, commitBytes: 1 });
    const byBytes = open({ writer: 'bytes.0.1.1', sealBytes: 3_000, commitBytes: 1 });
    const byAge = open({ writer: 'age.0.1.1', sealMs: 1 });
    for (let index = 0; index < 7; index++) for (const spool of [byRows, byBytes, byAge]) spool.append(flowEvent());
    await Promise.all(spools.map((spool) => spool.flush()));
    while (byAge.stats().sealed === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const files = Object.entries(await onDisk());
    const rows = (writer: string, state: string) =>
      files.filter(([file]) => file.startsWith(writer) && file.endsWith(state)).map(([, ids]) => ids.length);
    expect(rows('rows', '.ndjson')).toEqual([3, 3]);
    expect(rows('rows', '.open')).toEqual([1]);
    expect(rows('bytes', '.ndjson').length).toBeGreaterThan(1);
    expect(rows('age', '.ndjson')).toEqual([7]);
    expect(new Set(files.map(([file]) => file)).size).toBe(files.length);
  });

  test('a segment grows while the one before it waits for the drain', async () => {
    const spool = open({ sealMs: 1 });
    const settled = async () => {
      await spool.flush();
      await new Promise((resolve) => setTimeout(resolve, 30));
      return (await readdir(dir)).filter((file) => file.endsWith('.ndjson'));
    };
    spool.append(flowEvent());
    const [first = ''] = await settled();
    for (let index = 0; index < 5; index++) {
      spool.append(flowEvent());
      expect(await settled()).toEqual([first]);
    }
    await rm(join(dir, first));
    while ((await readdir(dir)).some((file) => file.endsWith('.open'))) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await allIds()).toHaveLength(5);
  });

  test('close seals everything, and what comes later is counted as lost', async () => {
    const spool = open();
    const events = [flowEvent(), auditEvent()];
    for (const event of events) spool.append(event);
    await spool.close();
    spool.append(flowEvent());
    expect(Object.keys(await onDisk()).every((file) => file.endsWith('.ndjson'))).toBe(true);
    expect((await allIds()).toSorted()).toEqual(idsOf(events).toSorted());
    expect(spool.stats()).toMatchObject({ acknowledged: 2, waiting: 0, dropped: { flows: 1 } });
  });

  test('half a surrogate pair becomes a replacement character, and an event that is no JSON is counted', async () => {
    const spool = open();
    spool.append(flowEvent({ reason: 'half \ud83c' }));
    spool.append(flowEvent({ status: 1n as unknown as number }));
    await spool.flush();
    const [file = ''] = await readdir(dir);
    expect(await readFile(join(dir, file), 'utf8')).toContain('half \ufffd');
    expect(spool.stats()).toMatchObject({ acknowledged: 1, dropped: { invalid: 1 } });
  });
});

describe('a failing disk', () => {
  test.each([
    ['full while writing', 'ENOSPC', 'write'],
    ['full when a segment is created', 'ENOSPC', 'open'],
    ['failing to sync', 'EIO', 'datasync'],
  ] as const)('%s: nothing is acknowledged, nothing is lost or stored twice once it heals', async (_, code, operation) => {
    const disk = failingDisk();
    const spool = open({ disk });
    const events = Array.from({ length: 30 }, () => flowEvent());
    if (operation !== 'open') {
      spool.append(events[0]!);
      await spool.flush();
    }
    const before = spool.acknowledged;
    disk.fail(code, operation);
    for (const event of events.slice(before)) spool.append(event);
    const flushed = spool.flush();
    while (spool.stats().errors < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(spool.acknowledged).toBe(before);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'ERR_SPOOL', message: expect.stringContaining(code) });
    disk.heal();
    await flushed;
    expect(spool.acknowledged).toBe(30);
    expect((await allIds()).toSorted()).toEqual(idsOf(events).toSorted());
  });

  test('that cannot be cut back does not get the next batch behind a torn one', async () => {
    const disk = failingDisk();
    const spool = open({ disk });
    disk.fail('EIO', 'write', 'truncate');
    spool.append(flowEvent());
    const flushed = spool.flush();
    while (spool.stats().errors < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    disk.fail('EIO', 'truncate');
    while (spool.stats().errors < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(spool.acknowledged).toBe(0);
    disk.heal();
    await flushed;
    expect(await allIds()).toHaveLength(1);
  });

  test('that cannot rename keeps the segment and seals it later', async () => {
    const disk = failingDisk();
    const spool = open({ disk, sealRows: 1 });
    disk.fail('EIO', 'rename');
    spool.append(flowEvent());
    await spool.flush();
    while (spool.stats().errors < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await readdir(dir))[0]).toMatch(/\.open$/);
    disk.heal();
    await spool.close();
    expect(await readdir(dir)).toHaveLength(1);
    expect((await readdir(dir))[0]).toMatch(/\.ndjson$/);
  });

  test('is reported once a minute', () => {
    let time = 0;
    const disk = failingDisk();
    const spool = open({ disk, now: () => time, limitBytes: 10_000, commitMs: 100_000 });
    for (let minute = 1; minute <= 3; minute++) {
      for (let index = 0; index < 100; index++) spool.append(benignEvent());
      expect(errors).toHaveLength(minute);
      time += 60_000;
    }
    expect(spool.stats().dropped.benign).toBeGreaterThan(200);
  });

  test('bounds memory: benign flows go first, then other flows; audit and blocked stay', async () => {
    const disk = failingDisk();
    disk.fail('ENOSPC', 'open');
    const spool = open({ disk, limitBytes: 200_000, commitMs: 1_000 });
    const kept: SpoolEvent[] = [];
    for (let index = 0; index < 100; index++) {
      const blocked = flowEvent({ disposition: 'blocked', action: 'block' });
      const audit = auditEvent();
      kept.push(...(index % 4 === 0 ? [blocked, audit] : []));
      for (const event of index % 4 === 0 ? [blocked, audit] : []) spool.append(event);
      spool.append(benignEvent());
      spool.append(benignEvent());
      if (index < 20) spool.append(flowEvent());
    }
    expect(spool.stats().dropped).toMatchObject({ flows: 0, kept: 0 });
    expect(spool.stats().dropped.benign).toBeGreaterThan(50);
    const flows = Array.from({ length: 400 }, () => flowEvent());
    for (const flow of flows) spool.append(flow);
    for (let index = 0; index < 60; index++) {
      const event = auditEvent();
      kept.push(event);
      spool.append(event);
    }
    const { dropped, waitingBytes } = spool.stats();
    expect(dropped.flows).toBeGreaterThan(0);
    expect(dropped.kept).toBe(0);
    expect(waitingBytes).toBeLessThanOrEqual(200_000);
    expect(errors.map((error) => error.message).join()).toContain('given up');
    disk.heal();
    await spool.flush();
    const stored = new Set(await allIds());
    expect(idsOf(kept).filter((id) => !stored.has(id))).toEqual([]);
    expect(spool.stats()).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  test('even audit events end somewhere: at twice the limit, counted', () => {
    const disk = failingDisk();
    disk.fail('ENOSPC', 'open');
    const spool = open({ disk, limitBytes: 50_000, commitMs: 1_000 });
    for (let index = 0; index < 500; index++) spool.append(auditEvent());
    expect(spool.stats().waitingBytes).toBeLessThanOrEqual(100_000);
    expect(spool.stats().dropped.kept).toBeGreaterThan(0);
    disk.heal();
  });
});
