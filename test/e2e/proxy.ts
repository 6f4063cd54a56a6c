// The data path in this process: a real worker on a free port with collected events, servers that speak byte by byte, and
// clients that do the same. No store, no child processes.
//
// Every wait is bounded.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type SecureContext, TLSSocket } from 'node:tls';
import { createAskLink } from '../../src/ask-token.ts';
import { type Config, configSchema, INSTALL_DIR } from '../../src/config.ts';
import type { LlmCallEvent, McpCallEvent } from '../../src/engine/calls/call-events.ts';
import { dlpPolicySchema, type Profile } from '../../src/engine/dlp/schema.ts';
import type { Event, HttpFlowEvent } from '../../src/engine/event.ts';
import { type Approval, approvedSchema, type Gateway, type Pause } from '../../src/engine/policy/schema.ts';
import type { SnapshotSource } from '../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { createLog } from '../../src/log.ts';
import { openCa } from '../../src/proxy/ca.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';
import type { OwnDoor } from '../../src/proxy/own-relay.ts';
import { placesOf } from '../../src/proxy/places.ts';
import { type ProxyWorker, startProxyWorker } from '../../src/proxy/worker.ts';

export interface TestProxyOptions {
  /** Keys of `proxy` to lay over the configuration of tests, one level deep. */
  proxy?: { [key in keyof Config['proxy']]?: unknown };
  /** Keys of `proxy.upstream` to lay over those of tests. */
  upstream?: Partial<Record<keyof Config['proxy']['upstream'], unknown>>;
  /** Mode of traffic to servers that nobody approved; `log` unless told. */
  shadow?: 'log' | 'block';
  /** Keys of `store` to lay over the defaults. */
  store?: Partial<Config['store']>;
  /** Gateways to model APIs, as in approved.yml. */
  gateways?: readonly Gateway[];
  /** Profiles over the shipped detectors, as in dlp.yml; none unless told. */
  dlp?: readonly Partial<Profile>[];
  /** Epoch milliseconds by which policy goes; the real clock unless told. */
  now?: () => number;
  /** Keys of `identity`. */
  identity?: { [key in keyof Config['identity']]?: unknown };
  /** Where the pages of the appliance's own host are; nowhere unless told. */
  door?: OwnDoor;
}

export interface TestProxy {
  port: number;
  worker: ProxyWorker;
  /** Events, oldest first. */
  events: HttpFlowEvent[];
  /** What is only counted for Coverage. */
  noted: HttpFlowEvent[];
  /** Names of the tools that were seen. */
  tools: string[];
  /** Calls to MCP servers and model APIs, as they were stored. */
  mcpCalls: McpCallEvent[];
  llmCalls: LlmCallEvent[];
  /** PEM of the CA that clients trust. */
  ca: string;
  dir: string;
  /** The structured log, up to now. */
  log(): string;
  /** A certificate from the authority that the proxy trusts. */
  contextFor(host: string): Promise<SecureContext>;
  /** Puts approvals in force, as in approved.yml, and nothing besides; a pause of protection, too. */
  approve(servers: readonly (Partial<Approval> & { url: string })[], pause?: Pause): void;
  /** Waits for an event. */
  event(holds: (event: HttpFlowEvent) => boolean): Promise<HttpFlowEvent>;
  stop(): Promise<void>;
}

export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-proxy-'));
  const servers = await openCa({ dir: join(dir, 'servers') });
  const issuer = createLeafIssuer(servers);
  const base = {
    listen: '127.0.0.1:0',
    upstream: { ca: [join(dir, 'servers/ca.pem')], allowPrivate: ['127.0.0.0/8', '::1/128'], ...options.upstream },
  };
  const config = configSchema.parse({
    ...{ certs: join(dir, 'certs'), data: dir, store: options.store ?? {} },
    proxy: { ...base, ...options.proxy },
    identity: options.identity ?? {},
  });
  const { source } = loadSnapshotSource(join(INSTALL_DIR, 'rules'));
  const modes = { ...source.policy.modes };
  if (options.shadow === 'block') modes.modes = [{ traffic: 'shadow', mode: 'block' }];
  const { profiles } = dlpPolicySchema.parse({ profiles: options.dlp ?? [] });
  const sourceWith = (servers: readonly object[], pause?: Pause): SnapshotSource => ({
    rules: source.rules,
    policy: {
      ...{ ...source.policy, modes: { ...modes, pause } },
      approved: approvedSchema.parse({ servers, gateways: options.gateways ?? [] }),
    },
    ...(source.prices && { prices: source.prices }),
    dlp: { detectors: source.dlp?.detectors ?? [], exact: {}, profiles },
  });
  const logFile = join(dir, 'log');
  const events: HttpFlowEvent[] = [];
  const noted: HttpFlowEvent[] = [];
  const tools: string[] = [];
  const mcpCalls: McpCallEvent[] = [];
  const llmCalls: LlmCallEvent[] = [];
  const worker = await startProxyWorker(
    {
      config: { ...config, rules: join(INSTALL_DIR, 'rules') },
      source: sourceWith([]),
      ticketKeys: Buffer.alloc(48, 7).toString('base64'),
      places: placesOf(config.proxy),
      learned: [],
      door: options.door,
    },
    {
      log: createLog('debug', logFile),
      emit(event: Event) {
        if (event.kind === 'http_flow') events.push(event);
        else if (event.kind === 'tool_seen') tools.push(event.tool);
        else if (event.kind === 'mcp_call') mcpCalls.push(event);
        else if (event.kind === 'llm_call') llmCalls.push(event);
      },
      noteClient: (event) => void noted.push(event),
      sensor: 'test',
      key: Buffer.alloc(32, 7),
      publish: () => {},
      ...(options.now ? { now: options.now } : {}),
      askLink: createAskLink('', Buffer.alloc(32, 7)),
    },
  );
  return {
    port: worker.places[0]?.port ?? 0,
    worker,
    events,
    noted,
    tools,
    mcpCalls,
    llmCalls,
    ca: readFileSync(join(dir, 'certs/ca.pem'), 'utf8'),
    dir,
    log: () => readFileSync(logFile, 'utf8'),
    contextFor: (host) => issuer.secureContextFor({ host }),
    approve: (servers, pause) => worker.update(sourceWith(servers, pause)),
    event: (holds) => eventually('an event', () => events.find(holds)),
    async stop() {
      await worker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Asks again until there is an answer. @throws Error after `patience` milliseconds */
export async function eventually<T>(what: string, ask: () => T | undefined | false, patience = 15_000): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come within ${patience} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A connection and everything that came over it. */
export class Wire {
  readonly socket: Socket;
  ended = false;
  closed = false;
  /** Bytes read. */
  bytes = 0;
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.bytes += chunk.length;
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  get data(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  /** What came and was not forgotten, as latin1. */
  get text(): string {
    return this.data.toString('latin1');
  }

  forget(): void {
    this.#chunks = [];
  }

  send(data: string | Buffer): this {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    return this;
  }

  /** Waits until what came matches. */
  async until(pattern: string | RegExp, patience = 15_000): Promise<string> {
    const holds = (): string | undefined => {
      const { text } = this;
      return (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)) ? text : undefined;
    };
    try {
      return await eventually(String(pattern), holds, patience);
    } catch (error) {
      throw new Error(`${(error as Error).message}; came: ${JSON.stringify(this.text.slice(0, 600))}, closed ${this.closed}`);
    }
  }

  /** Waits for the other side's end. */
  over(patience = 15_000): Promise<true> {
    return eventually('the end of a connection', () => this.ended || this.closed, patience);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Leaves with a TCP reset where the socket can. */
  reset(): void {
    if (this.socket instanceof TLSSocket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}

/** A server that is scripted per connection. */
export interface RawServer {
  host: string;
  port: number;
  /** `host:port`. */
  authority: string;
  connections: Wire[];
  server: Server;
  close(): void;
}

export interface RawServerOptions {
  /** TLS with this context; plain without. */
  context?: SecureContext;
  alpn?: string[];
  host?: string;
  address?: string;
}

/** @param serve gets each connection and its number, from 0, when it is ready */
export async function serveRaw(
  serve: (wire: Wire, index: number) => void,
  { context, alpn, host = 'origin.localhost', address = '127.0.0.1' }: RawServerOptions = {},
): Promise<RawServer> {
  const connections: Wire[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (plain) => {
    sockets.add(plain);
    plain.on('error', () => undefined);
    plain.on('close', () => sockets.delete(plain));
    const open = (socket: Socket): void => {
      const wire = new Wire(socket);
      connections.push(wire);
      serve(wire, connections.length - 1);
    };
    if (!context) {
      open(plain);
      return;
    }
    const secure = new TLSSocket(plain, { isServer: true, secureContext: context, ...(alpn ? { ALPNProtocols: alpn } : {}) });
    secure.on('error', () => undefined);
    secure.once('secure', () => open(secure));
  });
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    authority: `${host}:${port}`,
    connections,
    server,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const clients = new Set<Socket>();

/** A connection to the proxy. */
export function dialProxy(proxy: Pick<TestProxy, 'port'>): Wire {
  const socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true, noDelay: true });
  clients.add(socket);
  socket.on('close', () => clients.delete(socket));
  return new Wire(socket);
}

/** Ends what is left of the connections to proxies. */
export function dropClients(): void {
  for (const socket of clients) socket.destroy();
}

/** CONNECT, with whatever target. @throws Error if the answer is not 200 */
export async function openTunnel(proxy: Pick<TestProxy, 'port'>, target: string, headers: readonly string[] = []): Promise<Wire> {
  const wire = dialProxy(proxy);
  wire.send([`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...headers, '', ''].join('\r\n'));
  const text = await wire.until('\r\n\r\n');
  if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`CONNECT ${target} was answered ${text}`);
  wire.forget();
  return wire;
}

export interface TlsOptions {
  alpn?: string[];
  servername?: string;
}

/** TLS through a tunnel, verified. */
export async function openTls(
  proxy: Pick<TestProxy, 'port' | 'ca'>,
  target: string,
  { alpn, servername }: TlsOptions = {},
): Promise<Wire> {
  const tunnel = await openTunnel(proxy, target);
  tunnel.socket.removeAllListeners('data');
  const secure = connectTls({
    socket: tunnel.socket,
    ca: proxy.ca,
    servername: servername ?? target.slice(0, target.lastIndexOf(':')),
    ...(alpn ? { ALPNProtocols: alpn } : {}),
  });
  const wire = new Wire(secure);
  const failed = once(secure, 'error').then(([error]) => Promise.reject(error));
  await Promise.race([once(secure, 'secureConnect'), failed, deadline('the TLS handshake')]);
  return wire;
}

/** HTTP/2 through a tunnel. */
export async function openHttp2(
  proxy: Pick<TestProxy, 'port' | 'ca'>,
  target: string,
  headers: readonly string[] = [],
): Promise<ClientHttp2Session> {
  const tunnel = await openTunnel(proxy, target, headers);
  tunnel.socket.removeAllListeners('data');
  const session = connectHttp2(`https://${target}`, {
    createConnection: () =>
      connectTls({
        socket: tunnel.socket,
        ca: proxy.ca,
        servername: target.slice(0, target.lastIndexOf(':')),
        ALPNProtocols: ['h2'],
      }),
  });
  session.on('error', () => undefined);
  await Promise.race([once(session, 'connect'), deadline('the HTTP/2 session')]);
  return session;
}

export function deadline(what: string, patience = 15_000): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what} did not come within ${patience} ms`)), patience).unref();
  });
}

/** A request in HTTP/1.1; `Host` and a length are added. */
export function post(authority: string, path: string, body: string, headers: readonly string[] = []): string {
  const lines = [`POST ${path} HTTP/1.1`, `Host: ${authority}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A JSON-RPC request that makes the shipped rules see an MCP server. */
export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'wire', version: '1' } },
});

/**
 * A TLS server for HTTP/1.1 whose answers are written by hand: `answer` gets each head (and the body that came with its length)
 * and returns the bytes of the response.
 */
export async function serveAnswers(
  proxy: TestProxy,
  answer: (request: string, wire: Wire, index: number) => string | Buffer | undefined,
  host = 'origin.localhost',
): Promise<RawServer> {
  const serve = (wire: Wire): void => {
    let pending = '';
    let index = 0;
    wire.socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(pending.slice(0, end + 2))?.[1] ?? 0);
        if (pending.length < end + 4 + length) return;
        const request = pending.slice(0, end + 4 + length);
        pending = pending.slice(request.length);
        const bytes = answer(request, wire, index++);
        if (bytes !== undefined) wire.send(bytes);
      }
    });
    wire.socket.on('end', () => wire.socket.end());
  };
  return serveRaw(serve, { context: await proxy.contextFor(host), alpn: ['http/1.1'], host });
}

/** `HTTP/1.1 200 OK` with a length. */
export function ok(body: string, ...headers: string[]): string {
  return ['HTTP/1.1 200 OK', `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n');
}

/** A server that speaks HTTP/2 over TLS. `serve` gets each stream; `sessions` are those open. */
export async function serveHttp2(
  proxy: TestProxy,
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[]) => void,
  host = 'h2.localhost',
): Promise<{ authority: string; port: number; sessions: Set<ServerHttp2Session>; close(): void }> {
  const context = await proxy.contextFor(host);
  const server = createSecureServer({ SNICallback: (_name, done) => done(null, context) });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers, _flags, raw?: string[]) => {
    stream.on('error', () => undefined);
    serve(stream, headers, raw ?? []);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    authority: `${host}:${port}`,
    port,
    sessions,
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

export interface Http2Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Names and values as they came. */
  raw: string[];
  body: Buffer;
  trailers: string[];
  /** Statuses of interim responses. */
  interim: number[];
  /** HTTP/2 error code; 0 if the stream ended well. */
  code: number;
}

/** One request over HTTP/2, read to its end. */
export async function requestHttp2(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body?: Buffer | string,
  trailers?: Record<string, string>,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
  const answer: Http2Answer = { status: 0, headers: {}, raw: [], body: Buffer.alloc(0), trailers: [], interim: [], code: 0 };
  const chunks: Buffer[] = [];
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('headers', (fields) => answer.interim.push(Number(fields[':status'])));
  stream.on('response', (fields, _flags, raw?: string[]) => {
    answer.status = Number(fields[':status']);
    answer.headers = fields;
    answer.raw = raw ?? [];
  });
  stream.on('trailers', (_fields, _flags, raw?: string[]) => {
    answer.trailers = raw ?? [];
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => undefined);
  const closed = once(stream, 'close').catch(() => undefined);
  if (body !== undefined) stream.end(body);
  await Promise.race([closed, deadline('an answer over HTTP/2', 15_000)]);
  answer.code = stream.rstCode ?? 0;
  answer.body = Buffer.concat(chunks);
  return answer;
}
