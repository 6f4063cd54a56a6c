// What people see, and when: the time from an answer to its row in the live feed and in what queries find, at 2,000 calls a second; and
// what it costs the worker that fifty people watch.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { connectStore } from '../../src/store/connect.ts';
import { readConnection } from '../../src/store/connection.ts';
import { startBench } from '../bench.ts';
import { daylight } from '../contenders/daylight.ts';
import type { Job, Report } from '../load/jobs.ts';
import { cpuBetween } from '../process-tree.ts';
import { percentile } from '../statistics.ts';
import type { EngineFigure, Values } from './figure.ts';

const PER_SECOND = 2_000;
const CONNECTIONS = 64;
const FOR_MS = 20_000;
const MARK_EVERY = 100;
const WATCHERS = 50;
const PAIRS = 3;
/** How often an open dashboard asks again, ms; the console does so every 15 s, but for a page somebody keeps reloading. */
const DASHBOARD_MS = 15_000;
const POLL_MS = 20;
/** The feed and the tables get this long after the last answer. */
const LATE_MS = 10_000;

const FEED = 'live feed';
const QUERY = 'queries';
const ALONE = 'nobody watches';
const WATCHED = `${WATCHERS} live feeds and ${WATCHERS} dashboards`;

export const live: EngineFigure = {
  kind: 'engine',
  name: 'live',
  title: `From an answer to where people see it, at ${PER_SECOND} MCP calls a second, 1 worker`,
  columns: [
    { key: 'p95', label: 'p95 ms', digits: 0 },
    { key: 'p50', label: 'median ms', digits: 0 },
    { key: 'seen', label: 'seen %', digits: 1 },
    { key: 'rate', label: 'calls/s', digits: 0 },
  ],
  limits: [
    { text: 'in the live feed within 1 s (p95)', holds: (values) => (values[FEED] ?? Number.NaN) <= 1_000 },
    { text: 'in queries within 2 s (p95)', holds: (values) => (values[QUERY] ?? Number.NaN) <= 2_000 },
  ],
  measure: (effort) => withAppliance((appliance) => delays(appliance, effort)),
};

export const watchers: EngineFigure = {
  kind: 'engine',
  name: 'watchers',
  title: `CPU of the worker at ${PER_SECOND} MCP calls a second, while nobody or ${WATCHERS} people watch`,
  columns: [
    { key: 'worker', label: 'worker core %', digits: 1 },
    { key: 'main', label: 'main core %', digits: 1 },
    { key: 'rate', label: 'calls/s', digits: 0 },
  ],
  limits: [
    {
      text: `${WATCHERS} live feeds and dashboards cost the worker less than 2 % of a core`,
      holds: (values) => (values[WATCHED] ?? Number.NaN) - (values[ALONE] ?? Number.NaN) < 2,
    },
  ],
  measure: (effort) => withAppliance((appliance) => cost(appliance, effort)),
};

export interface Appliance {
  load(job: Pick<Extract<Job, { kind: 'paced' }>, 'forMs' | 'from'>): Promise<Report>;
  console: { url: string; data: string };
  cookie: string;
}

/** Runs with an appliance that has seen calls already, and somebody who has signed in. */
export async function withAppliance<T>(measure: (appliance: Appliance) => Promise<T>): Promise<T> {
  const bench = await startBench(undefined);
  try {
    const running = await bench.start(daylight);
    const pace = { perSecond: PER_SECOND, connections: CONNECTIONS, markEvery: MARK_EVERY, settleMs: 500 };
    const load: Appliance['load'] = (job) => bench.load({ kind: 'paced', target: bench.target(running), ...pace, ...job });
    const cookie = await signIn(running.console!);
    await load({ forMs: 3_000, from: -1_000_000 });
    return await measure({ load, console: running.console!, cookie });
  } finally {
    await bench.stop();
  }
}

/** Makes the first administrator, by the link that every new appliance leaves in its data folder. */
async function signIn({ url, data }: Appliance['console']): Promise<string> {
  const link = new URL(readFileSync(join(data, 'admin-invite'), 'utf8').trim());
  const token = new URLSearchParams(link.hash.slice(1)).get('token');
  const answer = await fetch(`${url}/api/invite`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'bench', password: crypto.randomUUID() }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || !cookie) throw new Error(`signing in to the console was answered ${answer.status}: ${await answer.text()}`);
  return cookie;
}

/** Opens a live feed. @param onMark called for events of marked requests */
async function watch({ console: { url }, cookie }: Appliance, onMark: (mark: string) => void): Promise<() => void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers: { cookie, origin: url } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('message', (data: Buffer) => {
    for (const [mark] of data.toString('latin1').matchAll(/bench-mark\/\d+/g)) onMark(mark);
  });
  return () => socket.terminate();
}

async function delays(appliance: Appliance, effort: number): Promise<{ name: string; version: string; rounds: Values[] }[]> {
  const inFeed = new Map<string, number>();
  const inStore = new Map<string, number>();
  const unwatch = await watch(appliance, (mark) => inFeed.set(mark, inFeed.get(mark) ?? Date.now()));
  const store = connectStore(readConnection(appliance.console.data));
  let done = false;
  const poll = async () => {
    while (!done) {
      const query = `SELECT user_agent AS mark FROM http_flow WHERE ts > now() - 60 AND startsWith(user_agent, 'bench-mark/')`;
      const rows = await (await store.reader.query({ query, format: 'JSONEachRow' })).json<{ mark: string }>();
      for (const { mark } of rows) inStore.set(mark, inStore.get(mark) ?? Date.now());
      await sleep(POLL_MS);
    }
  };
  const polled = poll();
  const report = await appliance.load({ forMs: Math.max(3_000, FOR_MS * effort), from: 0 });
  const marks = report.marks ?? [];
  const complete = () => marks.every(({ mark }) => inFeed.has(mark) && inStore.has(mark));
  for (const deadline = Date.now() + LATE_MS; !complete() && Date.now() < deadline; ) await sleep(POLL_MS);
  done = true;
  await polled;
  unwatch();
  await store.close();
  const rate = report.count / (report.wallMs / 1000);
  const row = (name: string, seen: ReadonlyMap<string, number>) => {
    const times = marks.map(({ mark, at }) => (seen.get(mark) ?? Number.POSITIVE_INFINITY) - at);
    const share = (100 * times.filter(Number.isFinite).length) / times.length;
    return { name, version: '', rounds: [{ p95: percentile(times, 95), p50: percentile(times, 50), seen: share, rate }] };
  };
  return [row(FEED, inFeed), row(QUERY, inStore)];
}

/** In turn without and with watchers, so that a slow moment of the machine meets both. */
async function cost(appliance: Appliance, effort: number): Promise<{ name: string; version: string; rounds: Values[] }[]> {
  const alone: Values[] = [];
  const watched: Values[] = [];
  const forMs = Math.max(2_000, (FOR_MS / 2) * effort);
  for (let pair = 0; pair < PAIRS; pair++) {
    alone.push(cpuOf(await appliance.load({ forMs, from: 0 })));
    const feeds = await Promise.all(Array.from({ length: WATCHERS }, () => watch(appliance, () => {})));
    const timers = Array.from({ length: WATCHERS }, (_, index) => openDashboard(appliance, (index * DASHBOARD_MS) / WATCHERS));
    watched.push(cpuOf(await appliance.load({ forMs, from: 0 })));
    for (const end of [...feeds, ...timers]) end();
    await sleep(1_000);
  }
  return [
    { name: ALONE, version: '', rounds: alone },
    { name: WATCHED, version: '', rounds: watched },
  ];
}

/** Asks what the overview asks, again and again. */
function openDashboard({ console: { url }, cookie }: Appliance, firstMs: number): () => void {
  const ask = () => {
    for (const path of ['overview?from=1d', 'health']) {
      void fetch(`${url}/api/${path}`, { headers: { cookie } }).then(
        (answer) => answer.arrayBuffer(),
        () => {},
      );
    }
    timer = setTimeout(ask, DASHBOARD_MS);
  };
  let timer = setTimeout(ask, firstMs);
  return () => clearTimeout(timer);
}

/** Of one core, percent, at the full pace: a machine that is too busy to keep it still shows what a call costs. */
function cpuOf(report: Report): Values {
  const values: Values = { worker: 0, main: 0, rate: report.count / (report.wallMs / 1000) };
  for (const sample of cpuBetween(report.before, report.after)) {
    const part = daylight.partOf!(sample);
    values[part] = (values[part] ?? 0) + (sample.spentNs / 1e9 / report.count) * PER_SECOND * 100;
  }
  return values;
}
