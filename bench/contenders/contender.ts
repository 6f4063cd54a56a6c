// What is measured: a proxy (or a reverse proxy, or nothing) that stands between the load and the origin.

import { execFileSync } from 'node:child_process';
import { createServer, connect as dial } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authority } from '../certificates.ts';
import type { ProcessSample } from '../process-tree.ts';

export interface Setup {
  /** Temporary folder of this contender. */
  folder: string;
  /** The authority that signed the origin's certificate. */
  authority: Authority;
  /** PEM file of that authority. */
  authorityFile: string;
  /** The origin's certificate and key, for reverse proxies: file with both. */
  leafFile: string;
  /** Name and port of the origin. */
  host: string;
  originPort: number;
  /** Folder for CPU profiles of the contender if it is a Node program, or undefined. */
  profileFolder: string | undefined;
}

export interface Running {
  port: number;
  mode: 'proxy' | 'reverse';
  /** PEM of the authority whose leaves the client sees. */
  ca: string;
  /** Root of the process tree that is measured; 0 for none. */
  pid: number;
  /** Its leaves do not name IP addresses as they should. */
  looseAddresses?: boolean;
  /** Fields Proxy-Authorization that it knows, for clients to take turns with. */
  fields?: readonly string[];
  /** Daylight alone: where its console and its data are. */
  console?: { url: string; data: string };
  stop(): Promise<void>;
}

export interface Contender {
  name: string;
  /** One line for the report. */
  what: string;
  /** Part of the usual number of requests that it gets; slow programs get fewer so that the run stays short. */
  share: number;
  /** Daylight under another policy: compared only where a figure asks for it. */
  variant?: true;
  /** Version, or undefined when it is not installed. */
  version(): string | undefined;
  start(setup: Setup): Promise<Running>;
  /** Which part of the contender a process is. `proxy` by default; parts named `engine` are reported beside the figure, not in it. */
  partOf?(sample: ProcessSample): string;
}

/** First match of `pattern` in what the program prints, e.g. its version. */
export function printedBy(program: string | undefined, args: readonly string[], pattern: RegExp): string | undefined {
  if (!program) return undefined;
  try {
    const text = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return pattern.exec(text)?.[1] ?? 'unknown version';
  } catch {
    return undefined;
  }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Waits until something listens on the port. Throws after `limitMs`. */
export async function untilListening(port: number, name: string, limitMs = 15_000): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < limitMs) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = dial(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`${name} did not listen on port ${port} within ${limitMs} ms`);
}
