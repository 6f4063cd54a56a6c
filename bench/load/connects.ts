// New connections: each dials, asks for the tunnel, shakes hands, sends one request, reads the answer and closes.

import { setTimeout as sleep } from 'node:timers/promises';
import { mcpCall, requestBytes } from '../messages.ts';
import { sampleTree } from '../process-tree.ts';
import { readAnswers } from './answers.ts';
import type { Job, Report } from './jobs.ts';
import { open, type Target } from './open.ts';

type ConnectsJob = Extract<Job, { kind: 'connects' }>;
type FirstConnectsJob = Extract<Job, { kind: 'first-connects' }>;

export async function connectsLoad(job: ConnectsJob): Promise<Report> {
  await connectMany(job, job.warmup);
  await sleep(job.settleMs);
  const before = sampleTree(job.target.pid);
  const start = performance.now();
  const times = await connectMany(job, job.requests);
  const wallMs = performance.now() - start;
  await sleep(job.settleMs);
  return { count: job.requests, wallMs, before, after: sampleTree(job.target.pid), times };
}

/** For each host, one connection that is its first, and then one more: wall time of both. */
export async function firstConnectsLoad(job: FirstConnectsJob): Promise<Report> {
  const before = sampleTree(job.target.pid);
  const start = performance.now();
  const times: number[] = [];
  const again: number[] = [];
  for (const host of job.hosts) {
    const target = { ...job.target, host };
    times.push(await connectOnce(target));
    again.push(await connectOnce(target));
  }
  const wallMs = performance.now() - start;
  return { count: job.hosts.length, wallMs, before, after: sampleTree(job.target.pid), times, again };
}

async function connectMany(job: ConnectsJob, total: number): Promise<number[]> {
  const times: number[] = [];
  let started = 0;
  const one = async () => {
    while (started < total) {
      started++;
      times.push(await connectOnce(job.target));
    }
  };
  await Promise.all(Array.from({ length: job.connections }, one));
  return times;
}

/** Milliseconds from dialling to the complete answer. */
async function connectOnce(target: Target): Promise<number> {
  const start = performance.now();
  const socket = await open(target);
  try {
    return await new Promise((resolve, reject) => {
      const answers = readAnswers(Buffer.byteLength(mcpCall.responseBody), () => resolve(performance.now() - start));
      socket.on('close', () => reject(new Error(`${target.host}: the connection was closed before the answer`)));
      socket.on('data', (chunk: Buffer) => {
        try {
          answers.read(chunk);
        } catch (error) {
          reject(error);
        }
      });
      socket.write(requestBytes(mcpCall, `${target.host}:${target.originPort}`));
    });
  } finally {
    socket.destroy();
  }
}
