// The console's queries on five million exchanges of thirty days, in the embedded engine: milliseconds until a report is complete, asked
// over HTTP as the console asks. One report at a time; what ClickHouse remembers of conditions is switched off. The CPU that the engine
// takes tells how much of the time a busy machine added: a report's queries run side by side on its cores.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { parseFilter } from '../../src/engine/filter/parse.ts';
import { EVERYTHING, type FilterTree } from '../../src/engine/filter/tree.ts';
import { connectStore } from '../../src/store/connect.ts';
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createReports } from '../../src/store/reports/reports.ts';
import { fillStore } from '../reports/generate.ts';
import { percentile } from '../statistics.ts';
import type { EngineFigure, Limit, Values } from './figure.ts';

const FLOWS = 5_000_000;
const DAYS = 30;
const RUNS = 40;
const WARMUP = 3;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SPANS = { '24 h': DAY, '7 d': 7 * DAY, '30 d': DAYS * DAY };
const PAGE = { limit: 101 };
/** The newest exchanges are of a Thursday afternoon, so that the last day is a busy one. */
const UNTIL = Date.UTC(2026, 10, 20);
const NOW = UNTIL - 8 * HOUR;

const FIRST_PAGE = 'activity, first page';
const SEARCH = 'activity, search by token';

export const reports: EngineFigure = {
  kind: 'engine',
  name: 'reports',
  title: 'Console queries on 5 million exchanges of 30 days, embedded ClickHouse',
  columns: [
    { key: 'p95', label: 'p95 ms', digits: 0 },
    { key: 'p50', label: 'median ms', digits: 0 },
    { key: 'cpu', label: 'engine CPU ms', digits: 0 },
  ],
  limits: [
    below(150, 'overview', 'the overview takes at most 150 ms (p95)'),
    below(150, '', 'every report takes at most 150 ms (p95)'),
    below(100, FIRST_PAGE, 'the first page of activity takes at most 100 ms (p95)'),
    below(100, SEARCH, 'search by token in activity takes at most 100 ms (p95)'),
  ],
  async measure(effort) {
    const folder = mkdtempSync(join(tmpdir(), 'daylight-reports-'));
    const silent = { debug() {}, info() {}, warn() {}, error: console.error };
    const engine = await startEmbedded({ dataDir: folder, log: silent });
    try {
      await engine.ready;
      await fill(engine, effort);
      return await measureReports(engine, Math.max(5, Math.ceil(RUNS * effort)));
    } finally {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** @param rows beginning of the names that it is about */
function below(most: number, rows: string, text: string): Limit {
  return {
    text,
    holds: (values) => Object.entries(values).every(([name, p95]) => !name.startsWith(rows) || p95 <= most),
  };
}

async function fill(engine: Embedded, effort: number): Promise<void> {
  const store = connectStore(engine);
  await migrate(store.writer, { database: store.database });
  await fillStore(store.writer, store.database, { flows: FLOWS * effort, days: DAYS, until: UNTIL });
  await store.close();
}

async function measureReports(engine: Embedded, runs: number): Promise<{ name: string; version: string; rounds: Values[] }[]> {
  const reader = createClient({
    url: engine.url,
    database: engine.database,
    ...engine.reader,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1, use_query_condition_cache: 0 },
  });
  const ask = createReports(
    () => reader,
    () => NOW,
  );
  const scope = (ms: number, filter: FilterTree = EVERYTHING) => ({ from: NOW - ms, to: NOW, filter });
  const tokens = await sampleTokens(reader, runs + WARMUP);
  const [server] = await ask.servers(scope(DAY), PAGE);
  const [person] = await ask.people(scope(DAY), PAGE);
  const questions: Record<string, (ms: number, run: number) => Promise<unknown>> = {
    overview: (ms) => ask.overview(scope(ms)),
    servers: (ms) => ask.servers(scope(ms), PAGE),
    'one server': (ms) => ask.server(server!.serverKey, scope(ms)),
    people: (ms) => ask.people(scope(ms), PAGE),
    'one person': (ms) => ask.person(person!.user, scope(ms)),
    dlp: (ms) => ask.dlpSummary(scope(ms)),
    'dlp findings': (ms) => ask.matches(scope(ms), PAGE),
    map: (ms) => ask.map(scope(ms)),
    adoption: (ms) => ask.adoption(scope(ms)),
    findings: (ms) => ask.findings(scope(ms)),
    rules: (ms) => ask.ruleUse(scope(ms)),
    [FIRST_PAGE]: (ms) => ask.events(scope(ms), PAGE),
    [SEARCH]: (ms, run) => ask.events(scope(ms, parseFilter(tokens[run]!, { now: NOW })), PAGE),
  };
  const rows: { name: string; version: string; rounds: Values[] }[] = [];
  for (const [name, question] of Object.entries(questions)) {
    for (const [span, ms] of Object.entries(SPANS)) {
      const values = await time(runs, engine.enginePid(), (run) => question(ms, run));
      rows.push({ name: `${name}, ${span}`, version: '', rounds: [values] });
    }
  }
  await reader.close();
  return rows;
}

/** Words that stand in the address of some exchange, mostly of one alone. */
async function sampleTokens(reader: ClickHouseClient, count: number): Promise<string[]> {
  const query = `SELECT splitByChar('-', f.url)[-1] AS token FROM http_flow AS f ORDER BY cityHash64(f.event_id) LIMIT ${count}`;
  const rows = await (await reader.query({ query, format: 'JSONEachRow' })).json<{ token: string }>();
  return rows.map(({ token }) => token);
}

async function time(runs: number, engine: number | undefined, work: (run: number) => Promise<unknown>): Promise<Values> {
  for (let run = runs; run < runs + WARMUP; run++) await work(run);
  const times: number[] = [];
  const before = cpuMs(engine);
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work(run);
    times.push(performance.now() - start);
  }
  return { p95: percentile(times, 95), p50: percentile(times, 50), cpu: (cpuMs(engine) - before) / runs };
}

/** CPU of a process so far, threads that have ended included (the ticks of /proc); NaN where there is no /proc. */
function cpuMs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}
