// Writes docs/reference/sigma anew: the exported rules, and for each the log lines of a real run (`node test/corpus/record-sigma.ts`).
//
// The samples of the rules are played through a real appliance: a client sends the request over TLS, a server on loopback answers as the
// sample says. What the store then holds is written down, with the addresses of this machine replaced. `benign.ndjson` holds the lines of
// exchanges that no rule matched.

import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyAgent, request } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { sigmaRules, sigmaText } from '../../src/cli/export-rules.ts';
import { INSTALL_DIR } from '../../src/config.ts';
import type { SampleFlow } from '../../src/engine/rules/schema.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import type { StoredEvent } from '../../src/store/rows.ts';
import { type Appliance, startAppliance, until } from '../e2e/appliance.ts';
import { openTls } from '../e2e/clients/tunnel.ts';
import { serveTls, type TestServer } from '../e2e/servers/tls-server.ts';

const FOLDER = join(INSTALL_DIR, 'docs/reference/sigma');
const START = Date.parse('2026-11-20T08:00:00Z');
const LINES = 2;

const { source, ruleFiles } = loadSnapshotSource(join(INSTALL_DIR, 'rules'));
const samples = source.rules
  .flatMap(({ samples: { match, silent } }) => [...match, ...silent])
  .filter((each) => typeof each !== 'string');
const hosts = [...new Set(samples.map(({ request: { url } }) => new URL(url).hostname))];
/** Sample hosts lead nowhere; names below .localhost lead here. */
const local = (host: string) => `${host.replaceAll('.', '-')}.localhost`;

let playing: SampleFlow | undefined;

const answer: RequestListener = (incoming, outgoing) => {
  incoming.resume();
  const { status = 404, headers = {}, body } = playing?.response ?? {};
  outgoing.writeHead(status, headers);
  for (const { event, text } of playing?.messages ?? []) outgoing.write(`event: ${event}\ndata: ${text}\n\n`);
  outgoing.end(body ?? '');
};

function answerWebSockets(server: Server): void {
  const sockets = new WebSocketServer({
    server,
    handleProtocols: () => playing?.response?.headers['sec-websocket-protocol'] ?? false,
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    for (const { direction, text } of playing?.messages ?? []) if (direction === 'response') socket.send(text);
  });
}

async function play(sample: SampleFlow, appliance: Appliance, server: TestServer, dispatcher: ProxyAgent): Promise<void> {
  playing = sample;
  const { url, method, headers, body } = sample.request;
  const target = new URL(url);
  target.host = `${local(target.hostname)}:${server.port}`;
  target.protocol = 'https:';
  if (headers.upgrade === 'websocket') {
    await playWebSocket(sample, target, appliance);
    return;
  }
  const sent = body === undefined ? { method, headers } : { method, headers, body };
  const response = await request(target.href, { ...sent, dispatcher } as Parameters<typeof request>[1]);
  await response.body.dump();
}

async function playWebSocket(sample: SampleFlow, target: URL, appliance: Appliance): Promise<void> {
  const tls = await openTls(appliance.proxyUrl, target.host, { ca: readFileSync(appliance.caFile) });
  const protocol = sample.request.headers['sec-websocket-protocol'];
  const socket = new WebSocket(`wss://${target.host}${target.pathname}`, protocol?.split(/, */) ?? [], {
    createConnection: () => tls,
  });
  await once(socket, 'open');
  for (const { direction, text } of sample.messages) {
    if (direction === 'request') socket.send(text);
    else await Promise.race([once(socket, 'message'), sleep(300)]);
  }
  socket.close();
  await once(socket, 'close');
}

/** The line as any other machine would have it. */
function tidy(event: StoredEvent, at: number, port: number): string {
  const { ingest_ts: _later, ...kept } = event;
  const line = {
    ...kept,
    ts: START + at * 1000,
    event_id: `01939000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`,
    sensor: 'sensor-1',
    src_ip: '192.0.2.10',
    src_port: 50_000 + at,
    dst_ip: '198.51.100.20',
    dst_port: 443,
  };
  let text = JSON.stringify(line).replaceAll(hostname(), 'sensor-1').replaceAll('127.0.0.1', '192.0.2.10');
  for (const host of hosts) text = text.replaceAll(`${local(host)}:${port}`, host).replaceAll(local(host), host);
  return text;
}

const appliance = await startAppliance();
const [first = '', ...more] = hosts.map(local);
const server = await serveTls(appliance, first, answer, { extraSans: more });
const dispatcher = new ProxyAgent({ uri: appliance.proxyUrl, requestTls: { ca: readFileSync(appliance.caFile) } });
try {
  answerWebSockets(server.server);
  const initialize = source.rules.find(({ title }) => title === 'MCP session opened with initialize')?.samples.match[0];
  for (const sample of samples) {
    if (sample.learned !== undefined && typeof initialize === 'object') {
      const { request: asked } = initialize;
      await play({ ...initialize, request: { ...asked, url: sample.learned } }, appliance, server, dispatcher);
    }
    await play(sample, appliance, server, dispatcher).catch((error: unknown) => console.error(`${sample.name}:`, error));
  }
  const wanted = source.rules.map(({ id }) => id);
  const events = await until(
    () => appliance.events(() => true),
    (all) => wanted.every((id) => all.some(({ rules }) => rules.includes(id))) && all.some(({ traffic }) => traffic === 'none'),
    15_000,
  ).catch(() => appliance.events(() => true));
  events.reverse();

  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'samples'), { recursive: true });
  for (const { file, rule } of sigmaRules(join(INSTALL_DIR, 'rules'))) writeFileSync(join(FOLDER, file), sigmaText(rule));
  const write = (name: string, lines: readonly StoredEvent[]): void => {
    writeFileSync(join(FOLDER, 'samples', name), lines.map((event, at) => `${tidy(event, at, server.port)}\n`).join(''));
  };
  for (const rule of source.rules) {
    const file = ruleFiles.get(rule.id)!.split('/').at(-1)!;
    const lines = events.filter(({ rules }) => rules.includes(rule.id)).slice(0, LINES);
    if (lines.length === 0) console.error(`${file}: no event`);
    write(file.replace(/\.yml$/, '.ndjson'), lines);
  }
  write('benign.ndjson', events.filter(({ rules, traffic }) => rules.length === 0 && traffic === 'none').slice(0, 40));
} finally {
  await dispatcher.destroy();
  server.close();
  await appliance.stop();
}
process.exit();
