// The health check of the image, against consoles that speak HTTP, HTTPS, or nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openCa } from '../../src/proxy/ca.ts';
import { freePort } from '../../src/store/engine-process.ts';
import { keyPairFor } from './servers/key-pair.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const ready: RequestListener = ({ url }, response) => response.writeHead(url === '/readyz' ? 200 : 404).end();

let folder: string;
let server: Server | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daylight-health-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(() => {
  server?.close();
  server = undefined;
});

async function portOf(listening: Server): Promise<number> {
  server = listening.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function check(port: number): Promise<number> {
  const env = { ...process.env, DAYLIGHT_CONSOLE_LISTEN: `0.0.0.0:${port}` };
  const child = spawn(process.execPath, ['docker/healthcheck.ts'], { env, stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status;
}

test('a console without TLS that answers is well', async () => {
  expect(await check(await portOf(createServer(ready)))).toBe(0);
});

test('a console with a certificate of any kind that answers is well', async () => {
  const ca = await openCa({ dir: folder, log: silent });
  expect(await check(await portOf(createTlsServer(await keyPairFor(ca, 'elsewhere.example'), ready)))).toBe(0);
});

test('a console that answers with an error is not', async () => {
  expect(await check(await portOf(createServer((_, response) => response.writeHead(503).end())))).toBe(1);
});

test('no console is not', async () => {
  expect(await check(await freePort())).toBe(1);
});
