// Workers are replaced while clients are served: a stream of events, a WebSocket, HTTP/2, and requests on new and on kept connections.
// Nothing is refused, nothing that had begun breaks. Then what a reload takes over, what metrics count through all of it, and what
// happens to what does not end in time.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, ProxyAgent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Appliance, startAppliance, until } from './appliance.ts';
import { openTls, readAll, requestHttp1 } from './clients/tunnel.ts';
import { serveTls, type TestServer } from './servers/tls-server.ts';

let appliance: Appliance;
let server: TestServer;
let ca: string;
let target: string;

/** Answers at once, slowly, or with events without an end. */
const listener: RequestListener = (request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let n = 0;
    const timer = setInterval(() => response.write(`data: ${++n}\n\n`), 20);
    response.on('close', () => clearInterval(timer));
  } else if (request.url === '/slow') setTimeout(() => response.end('slow'), 600);
  else response.end('here');
};

beforeAll(async () => {
  appliance = await startAppliance({
    config: { proxy: { timeouts: { drain: 400, handover: 60_000 } }, metrics: { token: 'scrape-me-0123456789' } },
  });
  server = await serveTls(appliance, 'steady.localhost', listener, { http2: true });
  new WebSocketServer({ server: server.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(String(data))),
  );
  ca = readFileSync(appliance.caFile, 'utf8');
  target = `steady.localhost:${server.port}`;
});

afterAll(async () => {
  server?.close();
  await appliance?.stop();
});

async function figures(): Promise<Map<string, number>> {
  const answer = await undiciFetch(`${appliance.consoleUrl}/metrics`, {
    headers: { authorization: 'Bearer scrape-me-0123456789' },
    dispatcher: new Agent(),
  });
  const text = await answer.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

function workerPids(): number[] {
  const children = readFileSync(`/proc/${appliance.pid}/task/${appliance.pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('app/worker'));
}

const replaced = async () => (await figures()).get('daylight_worker_replacements_total') ?? 0;

async function replaceWorkers(signal: 'SIGUSR2' | 'SIGHUP' = 'SIGUSR2'): Promise<void> {
  const before = await replaced();
  process.kill(appliance.pid, signal);
  await until(replaced, (count) => count >= before + 2, 20_000);
}

/** Asks again and again until told to stop. @returns how often, and what went wrong */
function keepAsking(ask: () => Promise<string>): () => Promise<{ asked: number; wrong: string[] }> {
  const wrong: string[] = [];
  let asked = 0;
  let over = false;
  const done = (async () => {
    while (!over) {
      asked++;
      const text = await ask().catch((error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`);
      if (text !== 'here') wrong.push(text);
    }
  })();
  return async () => {
    over = true;
    await done;
    return { asked, wrong };
  };
}

test('no client notices that the workers are replaced', async () => {
  const events = await openTls(appliance.proxyUrl, target, { ca });
  let seen = '';
  let eventsEnded = false;
  events.on('data', (chunk) => (seen += chunk)).on('close', () => (eventsEnded = true));
  events.write(`GET /events HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const lastEvent = () => Number(/.*data: (\d+)/s.exec(seen)?.[1] ?? 0);

  const tls = await openTls(appliance.proxyUrl, target, { ca });
  const socket = new WebSocket(`wss://${target}/`, { createConnection: () => tls });
  await once(socket, 'open');
  const echo = async (text: string): Promise<string> => {
    socket.send(text);
    const [data] = await once(socket, 'message');
    return String(data);
  };
  expect(await echo('before')).toBe('before');

  const kept = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca } });
  const streams = await openTls(appliance.proxyUrl, target, { ca, ALPNProtocols: ['h2'] });
  let session = connectHttp2(`https://${target}`, { createConnection: () => streams });
  let goneAway = 0;
  session.on('goaway', () => goneAway++);
  const requestStream = async (): Promise<string> => {
    if (session.closed || session.destroyed || goneAway > 0) {
      session.close();
      goneAway = 0;
      const again = await openTls(appliance.proxyUrl, target, { ca, ALPNProtocols: ['h2'] });
      session = connectHttp2(`https://${target}`, { createConnection: () => again });
      session.on('goaway', () => goneAway++);
    }
    const stream = session.request({ ':path': '/' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    await sleep(2);
    return text;
  };
  /** A request that the farewell overtook never left this client, which says so by this code (RFC 9113 section 8.7): clients ask again. */
  const requestStreamAgain = (): Promise<string> =>
    requestStream().catch((error: Error) => {
      if (session.closed && error.message.includes('NGHTTP2_REFUSED_STREAM')) return requestStream();
      throw error;
    });
  const stops = [
    keepAsking(async () => (await undiciFetch(`${server.origin}/`, { dispatcher: kept })).text()),
    keepAsking(async () =>
      (await requestHttp1(await openTls(appliance.proxyUrl, target, { ca }), target, {})).body.replace(
        /^4\r\n|\r\n0\r\n\r\n$/g,
        '',
      ),
    ),
    keepAsking(requestStreamAgain),
  ];
  // Half a request is sent before, the other half after.
  const halfway = await openTls(appliance.proxyUrl, target, { ca });
  halfway.write(`POST / HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\nContent-Length: 10\r\n\r\n01234`);
  const slow = requestHttp1(await openTls(appliance.proxyUrl, target, { ca }), target, { path: '/slow' });
  const pids = workerPids();
  const before = await figures();
  await replaceWorkers();
  await replaceWorkers();
  halfway.write('56789');
  expect(await readAll(halfway)).toContain('200 OK');
  expect((await slow).body).toContain('slow');
  await sleep(300);

  for (const stop of stops) {
    const { asked, wrong } = await stop();
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(10);
  }
  const event = lastEvent();
  await until(
    async () => lastEvent(),
    (now) => now > event,
  );
  expect(eventsEnded).toBe(false);
  expect(await echo('after')).toBe('after');
  expect(workerPids().filter((pid) => !pids.includes(pid)).length).toBeGreaterThanOrEqual(2);

  // Counters go on where those of the workers that are gone have stopped.
  const after = await figures();
  expect(after.get('daylight_workers')).toBe(2);
  expect(after.get('daylight_workers_leaving')).toBeGreaterThan(0);
  expect(after.get('daylight_worker_deaths_total')).toBe(0);
  for (const [name, value] of before) {
    if (/_total|_count|_bucket|_sum/.test(name) && !name.startsWith('nodejs_'))
      expect([name, after.get(name)! >= value]).toEqual([name, true]);
  }
  socket.close();
  session.close();
  events.destroy();
  await kept.close();
  await until(figures, (now) => now.get('daylight_workers_leaving') === 0, 15_000);
});

test('SIGHUP takes over the configuration of the data path, names what waits for a restart, and refuses what is broken', async () => {
  const file = join(appliance.dir, 'daylight.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text
      .replace('  timeouts:', '  ports: [80]\n  timeouts:')
      .replace('contact: security@example.com', 'contact: others@example.com'),
  );
  await replaceWorkers('SIGHUP');
  await expect(openTls(appliance.proxyUrl, target, { ca })).rejects.toThrow('403');
  expect(appliance.log()).toContain('"keys":["contact"]');

  writeFileSync(file, 'proxy: { ports: [nonsense] }\n');
  process.kill(appliance.pid, 'SIGHUP');
  await until(figures, (now) => now.get('daylight_config_reloads_total{result="failed"}') === 1);
  expect(appliance.log()).toContain('THE CONFIGURATION IS BROKEN');
  await expect(openTls(appliance.proxyUrl, target, { ca })).rejects.toThrow('403');

  writeFileSync(file, text.replace('handover: 60000', 'handover: 300'));
  await replaceWorkers('SIGHUP');
  expect((await requestHttp1(await openTls(appliance.proxyUrl, target, { ca }), target, {})).status).toBe(200);
});

test('what does not end in time is ended, and a worker that is killed loses no counts but its last', async () => {
  const events = await openTls(appliance.proxyUrl, target, { ca });
  events.write(`GET /events HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  events.resume();
  const ended = once(events, 'close');
  await replaceWorkers();
  await ended;
  await until(figures, (now) => now.get('daylight_workers_leaving') === 0);

  const before = await figures();
  const requests = [...before].filter(([name]) => name.startsWith('daylight_requests_total'));
  expect(requests.length).toBeGreaterThan(0);
  const [pid] = workerPids();
  process.kill(pid!, 'SIGKILL');
  const after = await until(
    figures,
    (now) => now.get('daylight_worker_deaths_total') === 1 && now.get('daylight_workers') === 2,
    15_000,
  );
  for (const [name, value] of requests) expect(after.get(name)).toBeGreaterThanOrEqual(value);
});
