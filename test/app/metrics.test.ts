// Where the values behind /metrics come from, who may read them, and what /readyz says.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchHealth } from '../../src/app/metrics.ts';
import { type Config, configSchema } from '../../src/config.ts';
import { createConsole } from '../../src/console/app.ts';
import { METRICS } from '../../src/metrics.ts';
import { openCa } from '../../src/proxy/ca.ts';
import type { WorkersCounts } from '../../src/proxy/workers.ts';
import type { DrainStats } from '../../src/store/drain.ts';

const TOKEN = 'a-token-of-scrapers-0123456789';
const drain: DrainStats = {
  ...{ pendingSegments: 3, pendingBytes: 1000, lagMs: 1500, delivered: 9, deliveredBytes: 9000, restored: 2 },
  ...{ dead: 1, capped: 4, cappedBytes: 400, retries: 5, lastError: '' },
};
const counts: WorkersCounts = {
  totals: {
    ...{ 'requests shadow block': 3, 'requests none allow': 40, 'errors ERR_DNS': 2, 'handshakes ok': 11, connections: 12 },
    ...{ 'decide 0.0001': 5, 'decide +Inf': 1, decide_sum: 0.75, cpu: 2.5, 'bytes request': 10, 'bytes response': 20 },
    ...{ dlp_scans: 6, 'uninspected opaque': 1 },
  },
  open: 4,
  reports: [{ totals: {}, open: 4, lag: { max: 0.25, p99: 0.125 }, memory: 1024 }, undefined],
  ...{ listening: 1, leaving: 1, died: 2, replaced: 6 },
};

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-metrics-'));
  await openCa({ dir: join(dir, 'certs') });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function healthOf(config: Record<string, unknown> = {}, ready = true) {
  const parsed: Config = configSchema.parse({ certs: join(dir, 'certs'), ...config });
  return watchHealth(parsed, {
    store: { status: () => ({ ready, drain }) },
    workers: { pids: () => [1], counts: () => counts },
    wanted: 2,
    rules: () => 32,
    snapshotId: () => 'abc',
    sinks: () => [{ name: 'siem', lagMs: 2500, delivered: 7, rejected: 1, retries: 2, skipped: 3 }],
  });
}

function ask(config: Record<string, unknown>, headers: Record<string, string> = {}) {
  const { status, metrics } = healthOf(config);
  return createConsole({ status, metrics }).request('/metrics', { headers });
}

describe('/metrics', () => {
  it('shows every metric there is', async () => {
    const health = healthOf();
    await health
      .watch({
        fetch: async () => ({ cert: (await openCa({ dir: join(dir, 'certs') })).certificate.toString(), key: '' }),
        onError() {},
      })
      ?.fetch();
    const { text } = await health.metrics!.read();
    expect(Object.keys(METRICS).filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
    for (const line of [
      'daylight_requests_total{traffic="shadow",action="block"} 3',
      'daylight_errors_total{code="ERR_DNS"} 2',
      'daylight_tls_handshakes_total{result="failed"} 0',
      'daylight_client_connections 4',
      'daylight_decide_duration_seconds_bucket{le="0.00005"} 0',
      'daylight_decide_duration_seconds_bucket{le="0.25"} 5',
      'daylight_decide_duration_seconds_bucket{le="+Inf"} 6',
      'daylight_decide_duration_seconds_sum 0.75',
      'daylight_worker_event_loop_lag_seconds{worker="0",stat="max"} 0.25',
      'daylight_workers 1',
      'daylight_workers_configured 2',
      'daylight_spool_lag_seconds 1.5',
      'daylight_sink_lag_seconds{sink="siem"} 2.5',
      'daylight_snapshot_info{snapshot="abc"} 1',
      'daylight_config_reloads_total{result="ok"} 0',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toMatch(/daylight_certificate_expiry_timestamp_seconds\{certificate="console"\} \d{10}\n/);
  });

  it('counts what was read again', async () => {
    const health = healthOf();
    health.reloaded('policy', 'failed');
    expect((await health.metrics!.read()).text).toContain('daylight_policy_reloads_total{result="failed"} 1\n');
  });

  it('is open on loopback alone, and off elsewhere until there is a token', async () => {
    expect((await ask({})).status).toBe(200);
    expect((await ask({ console: { listen: '[::1]:8081' } })).status).toBe(200);
    for (const console of [{ listen: '0.0.0.0:8081' }, { listen: '10.1.2.3:8081' }, { url: 'https://daylight.corp.example' }]) {
      const answer = await ask({ console });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('metrics.token');
    }
  });

  it.each([
    ['none', {}, 401],
    ['another', { authorization: 'Bearer a-token-of-scrapers-0123456780' }, 401],
    ['a longer one', { authorization: `Bearer ${TOKEN}0` }, 401],
    ['the right one, as a password', { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }, 401],
    ['the right one', { authorization: `Bearer ${TOKEN}` }, 200],
    ['the right one, in other letters of the scheme', { authorization: `bearer ${TOKEN}` }, 200],
  ])('with a token set, and %s sent', async (_what, headers, status) => {
    for (const listen of ['127.0.0.1:8081', '0.0.0.0:8081']) {
      const answer = await ask({ metrics: { token: TOKEN }, console: { listen } }, headers);
      expect(answer.status).toBe(status);
      expect((await answer.text()).includes(TOKEN)).toBe(false);
    }
  });

  it('takes the token from a file that only its owner reads, anew each time', async () => {
    const tokenFile = join(dir, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o644 });
    expect(() => healthOf({ metrics: { tokenFile } })).toThrow(`chmod 600 ${tokenFile}`);
    rmSync(tokenFile);
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const { status, metrics } = healthOf({ metrics: { tokenFile } });
    const app = createConsole({ status, metrics });
    const send = (token: string) => app.request('/metrics', { headers: { authorization: `Bearer ${token}` } });
    expect((await send(TOKEN)).status).toBe(200);
    writeFileSync(tokenFile, 'another-token');
    expect((await send(TOKEN)).status).toBe(401);
    expect((await send('another-token')).status).toBe(200);
    rmSync(tokenFile);
    expect((await send('another-token')).status).toBe(401);
  });
});

describe('/readyz', () => {
  const ready = async (config: Record<string, unknown>, store = true) => {
    const { status } = healthOf(config, store);
    const answer = await createConsole({ status }).request('/readyz');
    const { missing, degraded } = (await answer.json()) as { missing: string[]; degraded: string[] };
    return [answer.status, missing, degraded];
  };

  it('is said while workers listen, rules are in force and the CA is good, with or without ClickHouse', async () => {
    expect(await ready({})).toEqual([200, [], []]);
    expect(await ready({}, false)).toEqual([200, [], ['clickhouse: it does not answer']]);
  });

  it('is not said without a CA', async () => {
    expect(await ready({ certs: join(dir, 'nowhere') })).toEqual([503, ['ca: there is none'], []]);
    writeFileSync(join(dir, 'ca.pem'), 'no certificate');
    expect(await ready({ certs: dir })).toEqual([503, ['ca: there is none'], []]);
  });
});
