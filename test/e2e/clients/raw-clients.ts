// Clients that are no MCP SDK: curl, Python in strict mode, node:http2 and `ws`. They say what they saw as the SDK clients do.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { run, within } from '../appliance.ts';
import type { ClientReport } from './mcp-clients.ts';
import { openTls, requestHttp2 } from './tunnel.ts';

/** How to get through: the proxy's URL and the CA file to trust. */
export interface Way {
  proxyUrl: string;
  caFile: string;
}

interface RpcAnswer {
  result?: { serverInfo?: { name: string }; protocolVersion?: string; content?: { text: string }[] };
  error?: { message: string };
}

/** The first message of a session. */
export function initialize(client: string, protocolVersion: string): object {
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: client, version: '1.0.0' } };
  return { jsonrpc: '2.0', id: 1, method: 'initialize', params };
}

export const CALL = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hello' } } };

/** The JSON-RPC message in an answer that is JSON or an event stream. */
function readAnswer(text: string): RpcAnswer {
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return JSON.parse(data) as RpcAnswer;
}

function describe(opened: RpcAnswer, called: RpcAnswer): ClientReport {
  const error = opened.error ?? called.error;
  const { serverInfo, protocolVersion } = opened.result ?? {};
  const text = error?.message ?? called.result?.content?.[0]?.text ?? '';
  return { ok: error === undefined, server: serverInfo?.name ?? '', protocol: protocolVersion ?? '', text };
}

/** A session of 2025-06-18 by hand. */
export async function curl(url: string, { proxyUrl, caFile }: Way): Promise<ClientReport> {
  const post = (body: object, ...headers: string[]) =>
    run('curl', [
      ...['-sS', '-i', '--max-time', '10', '--proxy', proxyUrl, '--cacert', caFile, '--suppress-connect-headers'],
      ...['content-type: application/json', 'accept: application/json, text/event-stream', ...headers].flatMap((line) => [
        '-H',
        line,
      ]),
      ...['--data-binary', JSON.stringify(body), url],
    ]);
  const opened = await post(initialize('curl-script', '2025-06-18'));
  if (opened.code !== 0) throw new Error(opened.stderr);
  const session = /^mcp-session-id: (.*?)\r?$/im.exec(opened.stdout)?.[1] ?? '';
  const first = readAnswer(bodyOf(opened.stdout));
  if (first.error) return describe(first, first);
  const called = await post(CALL, `mcp-session-id: ${session}`, 'mcp-protocol-version: 2025-06-18');
  if (called.code !== 0) throw new Error(called.stderr);
  return describe(first, readAnswer(bodyOf(called.stdout)));
}

function bodyOf(printed: string): string {
  return printed.slice(printed.lastIndexOf('\r\n\r\n', printed.length - 5) + 4);
}

/** A session of 2025-03-26 by Python, which verifies the certificate strictly (RFC 5280). */
export async function python(url: string, { proxyUrl, caFile }: Way): Promise<ClientReport> {
  const { hostname, port, pathname } = new URL(url);
  const proxy = new URL(proxyUrl);
  const { stdout, stderr, code } = await run('python3', [
    join(import.meta.dirname, 'strict_client.py'),
    ...[proxy.hostname, proxy.port, caFile, hostname, port, pathname],
  ]);
  if (code !== 0) throw new Error(stderr);
  const [opened, called] = stdout.trim().split('\n').map(readAnswer);
  return describe(opened!, called ?? opened!);
}

/** A stateless call of 2026-07-28 over HTTP/2. */
export async function http2(url: string, { proxyUrl, caFile }: Way): Promise<ClientReport> {
  const { host, origin, pathname } = new URL(url);
  const tls = await openTls(proxyUrl, host, { ca: readFileSync(caFile), ALPNProtocols: ['h2'] });
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'http2-agent', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = JSON.stringify({ ...CALL, params: { ...CALL.params, _meta: meta } });
  const headers = {
    ':path': pathname,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
  };
  const { text } = await requestHttp2(tls, origin, headers, body);
  const answer = readAnswer(text);
  return { ...describe(answer, answer), protocol: tls.alpnProtocol || '' };
}

/** A session over WebSocket without a subprotocol. */
export async function webSocket(url: string, { proxyUrl, caFile }: Way): Promise<ClientReport> {
  const { host } = new URL(url);
  const tls = await openTls(proxyUrl, host, { ca: readFileSync(caFile) });
  const socket = new WebSocket(url, { createConnection: () => tls });
  try {
    return await within('the WebSocket', talk(socket));
  } finally {
    socket.on('error', () => undefined);
    socket.terminate();
  }
}

async function talk(socket: WebSocket): Promise<ClientReport> {
  const ended = once(socket, 'close').then(([code, reason]) => {
    throw new Error(`closed with ${code} ${reason}`);
  });
  ended.catch(() => undefined);
  await once(socket, 'open');
  const ask = async (message: object): Promise<RpcAnswer> => {
    socket.send(JSON.stringify(message));
    const [data] = await Promise.race([once(socket, 'message'), ended]);
    return JSON.parse(String(data)) as RpcAnswer;
  };
  const opened = await ask(initialize('ws-client', '2025-11-25'));
  return describe(opened, await ask(CALL));
}
