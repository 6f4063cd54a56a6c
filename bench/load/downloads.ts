// Large answers: read as fast as they come, or not read at all after the first bytes.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { sampleTree } from '../process-tree.ts';
import type { Job, Report } from './jobs.ts';
import { open, type Target } from './open.ts';

type DownloadJob = Extract<Job, { kind: 'download' }>;
type StallJob = Extract<Job, { kind: 'stall' }>;

const SAMPLE_EVERY_MS = 100;
/** Bytes that a client reads before it stalls. */
const TAKE_BYTES = 256 * 1024;

export async function downloadLoad(job: DownloadJob): Promise<Report> {
  await download(job.target, job.bytes);
  await sleep(job.settleMs);
  const before = sampleTree(job.target.pid);
  const start = performance.now();
  const times: number[] = [];
  for (let index = 0; index < job.times; index++) {
    const from = performance.now();
    await download(job.target, job.bytes);
    times.push(performance.now() - from);
  }
  const wallMs = performance.now() - start;
  await sleep(job.settleMs);
  return { count: job.bytes * job.times, wallMs, before, after: sampleTree(job.target.pid), times };
}

/** Stops reading early in a download and watches the memory of the process under test. */
export async function stallLoad(job: StallJob): Promise<Report> {
  await download(job.target, TAKE_BYTES);
  await sleep(1000);
  const before = sampleTree(job.target.pid);
  const start = performance.now();
  const socket = await open(job.target);
  try {
    let taken = 0;
    socket.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken >= TAKE_BYTES) socket.pause();
    });
    ask(socket, job.target, job.bytes);
    const peak = new Map<number, number>();
    while (performance.now() - start < job.forMs) {
      await sleep(SAMPLE_EVERY_MS);
      for (const { pid, rss } of sampleTree(job.target.pid)) peak.set(pid, Math.max(rss, peak.get(pid) ?? 0));
    }
    return {
      count: job.bytes,
      wallMs: performance.now() - start,
      before,
      after: sampleTree(job.target.pid),
      times: [],
      peak: [...peak].map(([pid, rss]) => ({ pid, rss })),
      taken,
    };
  } finally {
    socket.destroy();
  }
}

async function download(target: Target, bytes: number): Promise<void> {
  const socket = await open(target);
  try {
    await new Promise<void>((resolve, reject) => {
      let head = '';
      let left = bytes;
      socket.on('close', () => reject(new Error(`the download was closed with ${left} of ${bytes} bytes missing`)));
      socket.on('data', (chunk: Buffer) => {
        let length = chunk.length;
        if (!head.includes('\r\n\r\n')) {
          head += chunk.toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) return;
          if (!head.startsWith('HTTP/1.1 200')) reject(new Error(`answered ${head.slice(0, head.indexOf('\r\n'))}`));
          length = head.length - end - 4;
        }
        left -= length;
        if (left <= 0) resolve();
      });
      ask(socket, target, bytes);
    });
  } finally {
    socket.destroy();
  }
}

function ask(socket: TLSSocket, target: Target, bytes: number): void {
  socket.write(`GET /bytes/${bytes} HTTP/1.1\r\nhost: ${target.host}:${target.originPort}\r\naccept: */*\r\n\r\n`);
}
