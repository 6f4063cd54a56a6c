// Closed loop on kept-alive connections: each sends its next request when the answer to the last one is complete.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { mcpCall, plainCall, requestBytes } from '../messages.ts';
import { sampleTree } from '../process-tree.ts';
import { readAnswers } from './answers.ts';
import type { Job, Report } from './jobs.ts';
import { open } from './open.ts';

type RequestsJob = Extract<Job, { kind: 'requests' }>;

/** Every 16th latency is kept: enough for percentiles, cheap enough for the loop. */
const KEEP_EVERY = 16;

export async function requestsLoad(job: RequestsJob): Promise<Report> {
  const sockets: TLSSocket[] = [];
  try {
    for (let index = 0; index < job.connections; index++) sockets.push(await open(job.target));
    await exchange(sockets, job, job.warmup);
    await sleep(job.settleMs);
    const before = sampleTree(job.target.pid);
    const start = performance.now();
    const times = await exchange(sockets, job, job.requests);
    const wallMs = performance.now() - start;
    await sleep(job.settleMs);
    return { count: job.requests, wallMs, before, after: sampleTree(job.target.pid), times };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Sends `total` requests over all connections and returns a sample of the latencies, ms. */
function exchange(sockets: readonly TLSSocket[], job: RequestsJob, total: number): Promise<number[]> {
  const call = job.workload === 'mcp' ? mcpCall : plainCall;
  const request = requestBytes(call, `${job.target.host}:${job.target.originPort}`);
  const expected = Buffer.byteLength(call.responseBody);
  const times: number[] = [];
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    const stop = (error?: Error) => {
      for (const socket of sockets) socket.removeAllListeners('data').removeAllListeners('close');
      if (error) reject(error);
      else resolve(times);
    };
    if (total === 0) stop();
    for (const socket of sockets) {
      let sentAt = 0;
      const send = () => {
        if (sent >= total) return;
        sent++;
        sentAt = performance.now();
        socket.write(request);
      };
      const answers = readAnswers(expected, () => {
        if (answered++ % KEEP_EVERY === 0) times.push(performance.now() - sentAt);
        if (answered === total) stop();
        else send();
      });
      socket.on('close', () => stop(new Error(`the connection was closed after ${answered} of ${total} answers`)));
      socket.on('data', (chunk: Buffer) => {
        try {
          answers.read(chunk);
        } catch (error) {
          stop(error instanceof Error ? error : new Error(String(error)));
        }
      });
      send();
    }
  });
}
