// Sinks: events a second from a segment of the spool to the receiver's acknowledgement, through queue, format and destination; and how an
// outage ends. Receivers run in a thread beside it, on loopback.
//
// `plain write` is the same lines, written to a file and synced as often as batches are sent: what the disk alone makes of it.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type SinkConfig, sinksKey } from '../../src/config/sinks.ts';
import { openDestination } from '../../src/sinks/destination.ts';
import { openSinks, type Sinks } from '../../src/sinks/open-sinks.ts';
import { flowEvent, mcpCallEvent } from '../../test/store/sample-event.ts';
import { createAuthority } from '../certificates.ts';
import type { EngineFigure, Values } from './figure.ts';

const EVENTS = 60_000;
const SEGMENT = 10_000;
const BATCH = 1_000;
const LEAST_RATE = 5_000;
const OUTAGE_PER_SECOND = 1_000;
/** A tenth of an hour of outage, unless OUTAGE_EVENTS=3600000 asks for the whole of it. */
const OUTAGE_EVENTS = Number(process.env.OUTAGE_EVENTS ?? 360_000);

const PATIENCE_MS = 20_000;
const CA_FILE = 'ca.pem';

const PLAIN = 'plain write';
const CATCH_UP = 'events a second after it';
const LOST = 'events lost';

interface Ports {
  http: number;
  tcp: number;
  tls: number;
  udp: number;
  kafka: number;
}

export const sinks: EngineFigure = {
  kind: 'engine',
  name: 'sinks',
  title: 'Sinks: events a second from the spool to a local receiver, each alone, and the CPU that they take',
  columns: [
    { key: 'rate', label: 'events/s', digits: 0 },
    { key: 'times', label: 'x plain write', digits: 2 },
    { key: 'cpu', label: 'CPU ms per 1000', digits: 1 },
  ],
  limits: [
    {
      text: `each sink takes at least ${LEAST_RATE} events a second`,
      holds: (values) => Object.values(values).every((rate) => rate >= LEAST_RATE),
    },
  ],
  async measure(effort) {
    return withReceivers(async (ports, _receivers, dir) => {
      const count = Math.max(SEGMENT, Math.round(EVENTS * effort));
      const segments = writeSegments(dir, count);
      const plain = await writePlain(dir, segments);
      const rows: { name: string; version: string; rounds: Values[] }[] = [
        { name: PLAIN, version: '', rounds: [{ rate: plain, times: 1 }] },
      ];
      for (const config of configs(ports, dir)) {
        const { rate, cpu } = await deliver(config, dir, segments, count);
        rows.push({ name: `${config.name}, ${config.format}`, version: '', rounds: [{ rate, times: rate / plain, cpu }] });
      }
      return rows;
    });
  },
};

export const outage: EngineFigure = {
  kind: 'engine',
  name: 'outage',
  title: `A webhook that is down while ${OUTAGE_EVENTS} events come (${OUTAGE_PER_SECOND} a second for ${OUTAGE_EVENTS / OUTAGE_PER_SECOND} s), and comes back`,
  columns: [
    { key: 'value', label: 'value', digits: 0 },
    { key: 'bytes', label: 'MiB on disk', digits: 0 },
  ],
  limits: [
    { text: 'nothing is lost', holds: (values) => values[LOST] === 0 },
    {
      text: `it catches up at 5x, ${5 * OUTAGE_PER_SECOND} events a second or more`,
      holds: (values) => (values[CATCH_UP] ?? 0) >= 5 * OUTAGE_PER_SECOND,
    },
  ],
  async measure(effort) {
    return withReceivers(async (ports, receivers, dir) => {
      const rounds = Math.max(1, Math.round((OUTAGE_EVENTS * effort) / SEGMENT));
      const [segment] = writeSegments(dir, SEGMENT);
      receivers.postMessage({ up: false });
      const config = configs(ports, dir).find(({ type }) => type === 'webhook')!;
      const opened = await openBenchSinks(config, dir);
      const before = performance.now();
      for (let round = 0; round < rounds; round++) await opened.readers[0]?.deliver(segment!);
      const queued = ((rounds * SEGMENT) / (performance.now() - before)) * 1000;
      const waiting = opened.health()[0]!;
      receivers.postMessage({ up: true });
      // What a person does when the receiver is there again: the next attempt comes at once.
      await sleep(50);
      await opened.test(config.name, 'bench');
      const start = performance.now();
      await delivered(opened, rounds * SEGMENT);
      const rate = ((rounds * SEGMENT) / (performance.now() - start)) * 1000;
      const { delivered: taken, skipped, rejected } = opened.health()[0]!;
      await opened.close();
      return [
        {
          name: 'events a second into the queue',
          version: '',
          rounds: [{ value: queued, bytes: waiting.pendingBytes / 1024 ** 2 }],
        },
        { name: CATCH_UP, version: '', rounds: [{ value: rate }] },
        { name: LOST, version: '', rounds: [{ value: rounds * SEGMENT - taken + skipped + rejected }] },
      ];
    });
  },
};

/** One sink of each type that has a receiver here. */
function configs({ http, tcp, tls, udp, kafka }: Ports, dir: string): SinkConfig[] {
  const url = `http://127.0.0.1:${http}`;
  const ca = join(dir, CA_FILE);
  return sinksKey.parse([
    { name: 'file', type: 'file', path: join(dir, 'out/events.ndjson') },
    { name: 'webhook', type: 'webhook', url: `${url}/hook`, allowPrivate: true, secret: Buffer.alloc(32, 1).toString('base64') },
    { name: 'syslog-tls', type: 'syslog', host: '127.0.0.1', port: tls, ca },
    { name: 'syslog-tcp', type: 'syslog', host: '127.0.0.1', port: tcp, transport: 'tcp' },
    { name: 'syslog-udp', type: 'syslog', host: '127.0.0.1', port: udp, transport: 'udp' },
    { name: 'splunk', type: 'splunk', url, token: 'bench' },
    { name: 'elastic', type: 'elastic', url },
    {
      ...{
        name: 'sentinel',
        type: 'sentinel',
        endpoint: url,
        authority: url,
        ruleId: `dcr-${'0'.repeat(32)}`,
        stream: 'Custom-Daylight_CL',
      },
      ...{ tenantId: 'bench', clientId: '00000000-0000-4000-8000-000000000000', clientSecret: 'bench' },
    },
    {
      name: 's3',
      type: 's3',
      endpoint: url,
      bucket: 'bench',
      accessKeyId: 'bench',
      secretAccessKey: 'bench',
      batch: { ageMs: 1_000 },
    },
    { name: 'otlp', type: 'otlp', url: `${url}/v1/logs` },
    { name: 'kafka', type: 'kafka', brokers: [`127.0.0.1:${kafka}`], topic: 'bench', ca },
  ]);
}

async function deliver(config: SinkConfig, dir: string, segments: readonly { path: string }[], count: number) {
  const opened = await openBenchSinks(config, dir);
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const segment of segments) await opened.readers[0]?.deliver(segment);
  await delivered(opened, count);
  const rate = (count / (performance.now() - start)) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  await opened.close();
  return { rate, cpu: (user + system) / count };
}

function openBenchSinks(config: SinkConfig, dir: string): Promise<Sinks> {
  return openSinks([config], {
    data: join(dir, 'data'),
    origin: { sensor: 'bench', version: '0', tenant: 'default' },
    destination: (sink) => openDestination(sink, { refusal: () => undefined, openTunnel: () => () => undefined }),
    newId: () => '00000000-0000-7000-8000-000000000000',
    onTrouble: () => {},
  });
}

/** @throws Error if it takes longer than it may, with what the sink says */
async function delivered(opened: Sinks, count: number): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS + count;
  for (;;) {
    const health = opened.health()[0]!;
    if (health.delivered >= count) return;
    if (performance.now() > giveUp || health.rejected > 0) throw new Error(`${health.name}: ${JSON.stringify(health)}`);
    await sleep(5);
  }
}

function writeSegments(dir: string, count: number): { path: string }[] {
  const segments = [];
  for (let from = 0; from < count; from += SEGMENT) {
    const path = join(dir, `segment-${from}.ndjson`);
    const events = Array.from({ length: Math.min(SEGMENT, count - from) }, (_, n) =>
      n % 2 === 0 ? flowEvent() : mcpCallEvent(),
    );
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    segments.push({ path });
  }
  return segments;
}

/** @returns events a second */
async function writePlain(dir: string, segments: readonly { path: string }[]): Promise<number> {
  await mkdir(join(dir, 'plain'), { recursive: true });
  const out = await open(join(dir, 'plain/events.ndjson'), 'w');
  let count = 0;
  const start = performance.now();
  for (const { path } of segments) {
    const file = await open(path);
    let batch: string[] = [];
    for await (const line of file.readLines()) {
      count++;
      if (batch.push(line) < BATCH) continue;
      await out.write(`${batch.join('\n')}\n`);
      await out.datasync();
      batch = [];
    }
  }
  const rate = (count / (performance.now() - start)) * 1000;
  await out.close();
  return rate;
}

async function withReceivers<T>(measure: (ports: Ports, receivers: Worker, dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-sinks-'));
  const authority = createAuthority('Daylight bench');
  writeFileSync(join(dir, CA_FILE), authority.certificate);
  const receivers = new Worker(new URL('../sinks/receivers.ts', import.meta.url), { workerData: authority.issue(['127.0.0.1']) });
  try {
    const [ports] = (await once(receivers, 'message')) as [Ports];
    return await measure(ports, receivers, dir);
  } finally {
    await receivers.terminate();
    rmSync(dir, { recursive: true, force: true });
  }
}
