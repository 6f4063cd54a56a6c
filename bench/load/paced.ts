// Open loop: so many requests a second, whatever the answers take, on kept-alive connections that are free at the moment. Every so often one
// carries a name of its own, so that what becomes of it can be watched elsewhere.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { mcpCall, requestBytes } from '../messages.ts';
import { sampleTree } from '../process-tree.ts';
import { readAnswers } from './answers.ts';
import type { Job, Report } from './jobs.ts';
import { open } from './open.ts';

type PacedJob = Extract<Job, { kind: 'paced' }>;

const TICK_MS = 10;
const MARK = /bench-client\/1\.0/;

interface Lane {
  socket: TLSSocket;
  /** The name of the request under way. */
  mark: string | undefined;
}

/** User-Agent of a request that is watched. */
export const markOf = (number: number): string => `bench-mark/${number}`;

export async function pacedLoad(job: PacedJob): Promise<Report> {
  const { target, perSecond, forMs, markEvery, settleMs } = job;
  const request = requestBytes(mcpCall, `${target.host}:${target.originPort}`).toString('latin1');
  const plain = Buffer.from(request, 'latin1');
  const expected = Buffer.byteLength(mcpCall.responseBody);
  const marks: { mark: string; at: number }[] = [];
  const free: Lane[] = [];
  const lanes: Lane[] = [];
  let answered = 0;
  let failed: Error | undefined;

  try {
    for (let index = 0; index < job.connections; index++) {
      const lane: Lane = { socket: await open(target), mark: undefined };
      const answers = readAnswers(expected, () => {
        answered++;
        if (lane.mark !== undefined) marks.push({ mark: lane.mark, at: Date.now() });
        lane.mark = undefined;
        free.push(lane);
      });
      lane.socket.on('close', () => (failed ??= new Error('the connection was closed')));
      lane.socket.on('data', (chunk: Buffer) => {
        try {
          answers.read(chunk);
        } catch (error) {
          failed ??= error as Error;
        }
      });
      lanes.push(lane);
      free.push(lane);
    }
    await sleep(settleMs);
    const before = sampleTree(target.pid);
    const start = performance.now();
    let sent = 0;
    for (let elapsed = 0; elapsed < forMs && !failed; elapsed = performance.now() - start) {
      const due = Math.floor((elapsed / 1000) * perSecond);
      for (; sent < due && free.length > 0; sent++) {
        const lane = free.pop()!;
        if (sent % markEvery === 0) {
          lane.mark = markOf(job.from + sent);
          lane.socket.write(request.replace(MARK, lane.mark), 'latin1');
        } else lane.socket.write(plain);
      }
      await sleep(TICK_MS);
    }
    const after = sampleTree(target.pid);
    const wallMs = performance.now() - start;
    for (const deadline = Date.now() + 5_000; answered < sent && !failed && Date.now() < deadline; ) await sleep(TICK_MS);
    if (failed) throw failed;
    return { count: answered, wallMs, before, after, times: [], marks };
  } finally {
    for (const { socket } of lanes) socket.removeAllListeners('close').destroy();
  }
}
