// Event streams: how long after the origin wrote an event does the client read it. Both clocks are the system's monotonic one.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { sampleTree } from '../process-tree.ts';
import type { Job, Report } from './jobs.ts';
import { open } from './open.ts';

type EventsJob = Extract<Job, { kind: 'events' }>;

const WARMUP_MS = 1500;

export async function eventsLoad(job: EventsJob): Promise<Report> {
  const sockets: TLSSocket[] = [];
  let times: number[] = [];
  let closed = 0;
  try {
    for (let index = 0; index < job.streams; index++) {
      const socket = await open(job.target);
      sockets.push(socket);
      socket.on('close', () => closed++);
      socket.on('data', (chunk: Buffer) => {
        const now = process.hrtime.bigint();
        for (const [, sent] of chunk.toString('latin1').matchAll(/: sent (\d+)\n/g))
          times.push(Number(now - BigInt(sent!)) / 1e6);
      });
      const host = `${job.target.host}:${job.target.originPort}`;
      socket.write(`GET /events/${job.everyMs} HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\n\r\n`);
    }
    await sleep(WARMUP_MS);
    times = [];
    const before = sampleTree(job.target.pid);
    const start = performance.now();
    await sleep(job.forMs);
    const wallMs = performance.now() - start;
    const after = sampleTree(job.target.pid);
    if (closed > 0) throw new Error(`${closed} of ${job.streams} event streams were closed early`);
    if (times.length === 0) throw new Error(`no event arrived within ${job.forMs} ms`);
    return { count: times.length, wallMs, before, after, times };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
