// The store as the main process opens it: what it does without ClickHouse, and with a second appliance beside it.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configSchema } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/store/connect.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { uuid7 } from '../store/sample-event.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'daylight-appliance-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const options = () => ({ log: createLog('error', join(data, 'log')), sensor: 'test', newId: uuid7 });
const entry = { action: 'policy.reload', objectType: 'snapshot', objectId: 'abc', reason: 'SIGHUP' };

test('one appliance per data folder; what the first recorded is there after a restart', async () => {
  const config = configSchema.parse({ data });
  const first = await openEventStore(config, options());
  expect(first.status().ready).toBe(true);
  await expect(openEventStore(config, options())).rejects.toThrow(/in use by another Daylight/);
  first.audit(entry);
  await first.close();
  const second = await openEventStore(config, options());
  const store = openStore(config);
  const result = await store.reader.query({ query: 'SELECT object_id FROM audit_log', format: 'JSONEachRow' });
  expect(await result.json()).toEqual([{ object_id: 'abc' }]);
  await store.close();
  await second.close();
});

test('without a server the appliance opens all the same, and events stay in the spool', async () => {
  const config = configSchema.parse({ data, clickhouse: { url: 'http://127.0.0.1:1' } });
  const opening = openEventStore(config, { ...options(), waitMs: 100 });
  const store = await opening;
  expect(store.status().ready).toBe(false);
  store.audit(entry);
  await store.close();
  expect((await readdir(join(data, 'spool'))).filter((file) => file.endsWith('.ndjson'))).toHaveLength(1);
});
