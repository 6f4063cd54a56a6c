// Closed loop on kept-alive connections: each sends its next request when the answer to the last one is complete.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mcpCall, plainCall, requestBytes } from '../messages.ts';
import { sampleTree } from '../process-tree.ts';
import { readAnswers } from './answers.ts';
import type { Job, Report } from './jobs.ts';
import { open } from './open.ts';

type RequestsJob = Extract<Job, { kind: 'requests' | 'absolute' }>;

/** Every 16th latency is kept: enough for percentiles, cheap enough for the loop. */
const KEEP_EVERY = 16;

export async function requestsLoad(job: RequestsJob): Promise<Report> {
  const sockets: Socket[] = [];
  try {
    for (let index = 0; index < job.connections; index++)
      sockets.push(job.kind === 'absolute' ? await dial(job.target.port) : await open(job.target));
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
function exchange(sockets: readonly Socket[], job: RequestsJob, total: number): Promise<number[]> {
  const call = job.workload === 'mcp' ? mcpCall : plainCall;
  const requests = requestsOf(call, job);
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
    for (const [index, socket] of sockets.entries()) {
      const request = requests[index % requests.length]!;
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

/** What the connections send, in turn. */
function requestsOf(call: typeof mcpCall, { kind, target }: RequestsJob): Buffer[] {
  const host = `${target.host}:${target.originPort}`;
  if (kind === 'requests') return [requestBytes(call, host)];
  if (target.fields.length === 0) return [requestBytes(call, host, [])];
  return target.fields.map((field) => requestBytes(call, host, [field]));
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => socket.destroy());
  return socket;
}
