// The bench's own side: a certificate authority, the origin, the load process, a temporary folder; and the contenders it starts.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority } from './certificates.ts';
import type { Contender, Running } from './contenders/contender.ts';
import type { Job, Report } from './load/jobs.ts';
import type { Target } from './load/open.ts';
import { endChild, LOAD_CORE, startPinned } from './pinned-child.ts';

export interface Bench {
  /** Addresses that the origin also has, for connections to hosts not seen before. */
  takeNewHosts(count: number): string[];
  start(contender: Contender): Promise<Running>;
  target(running: Running): Target;
  /** Runs one job in the load process. Throws when it fails or takes longer than its limit. */
  load(job: Job): Promise<Report>;
  stop(): Promise<void>;
}

const HOST = 'localhost';
const NEW_HOSTS = 200;
const JOB_LIMIT_MS = 180_000;

/** Starts origin and load process on the load core. */
export async function startBench(profileFolder: string | undefined): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'daylight-bench-'));
  // Squid changes to a user of its own and has to pass through; each contender's folder stays private.
  chmodSync(folder, 0o711);
  const authority = createAuthority('Daylight bench');
  const newHosts = Array.from({ length: NEW_HOSTS }, (_, index) => `127.1.${index >> 7}.${(index & 127) + 1}`);
  const leaf = authority.issue([HOST]);
  const authorityFile = write(folder, 'authority.pem', authority.certificate, 0o644);
  const leafFile = write(folder, 'leaf.pem', leaf.certificate + leaf.key, 0o600);

  const origin = startNode('origin.ts');
  const load = startNode('load/main.ts');
  const hosts = authority.issue(newHosts);
  origin.send({
    sites: [
      { ...leaf, addresses: ['127.0.0.1', '::1'] },
      { ...hosts, addresses: newHosts },
    ],
  });
  const [{ ports }] = (await once(origin, 'message')) as [{ ports: [number, number, plain: number] }];
  const running: Running[] = [];

  return {
    takeNewHosts: (count) => newHosts.splice(0, count),
    async start(contender) {
      const own = join(folder, contender.name);
      mkdirSync(own, { mode: 0o700 });
      const setup = { folder: own, authority, authorityFile, leafFile, host: HOST, originPort: ports[0], profileFolder };
      const started = await contender.start(setup);
      running.push(started);
      return started;
    },
    target(to) {
      const { port, mode, ca, pid, looseAddresses = false, fields = [] } = to;
      return { port, mode, host: HOST, originPort: ports[0], ca, pid, looseAddresses, fields };
    },
    load(job) {
      const port = { 'first-connects': ports[1], absolute: ports[2] }[job.kind as string] ?? job.target.originPort;
      const target = { ...job.target, originPort: port };
      return ask(load, { ...job, target });
    },
    async stop() {
      for (const each of running) await each.stop();
      await Promise.all([endChild(origin), endChild(load)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(load: ChildProcess, job: Job): Promise<Report> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${job.kind} took longer than ${JOB_LIMIT_MS} ms`)), JOB_LIMIT_MS);
    load.once('message', (answer: { report?: Report; error?: string }) => {
      clearTimeout(timer);
      if (answer.report) resolve(answer.report);
      else reject(new Error(answer.error));
    });
    load.send(job);
  });
}

function startNode(file: string): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return startPinned(LOAD_CORE, process.execPath, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function write(folder: string, name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}
