// Stands between a client and a server on loopback and writes down what passes: a plain reverse proxy for HTTP/1.1, event streams
// and WebSockets. What it hears becomes HAR 1.2 entries in order of their start (entry.ts).

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Heard } from './entry.ts';

export interface RecordingPoint {
  /** Where clients go, `http://127.0.0.1:PORT`. */
  origin: string;
  /** What was heard so far, in order of start. */
  heard: Heard[];
  /** Resolves when no exchange is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** @param port where the real server listens on loopback. */
export async function startRecordingPoint(port: number): Promise<RecordingPoint> {
  const heard: Heard[] = [];
  const open = new Set<Promise<unknown>>();
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => follow(relay(incoming, outgoing, port, heard)));
  const frames = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.values().next().value ?? false,
  });
  server.on('upgrade', (incoming, socket, head) => {
    const onward = new WebSocket(`ws://127.0.0.1:${port}${incoming.url}`, protocolsOf(incoming));
    onward.on('error', () => socket.destroy());
    const entry = listen(incoming, heard);
    onward.on('upgrade', (answer) => Object.assign(entry, { status: 101, responseHeaders: pairs(answer) }));
    onward.on('open', () => {
      frames.handleUpgrade(incoming, socket, head, (client) => follow(join(client, onward, entry)));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function follow(exchange: Promise<unknown>): void {
    const settled = exchange.catch(() => undefined).finally(() => open.delete(settled));
    open.add(settled);
  }

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    idle: async () => void (await Promise.all(open)),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(open);
    },
  };
}

/** Passes one exchange on; the body of the request is read whole, that of the answer flows. */
async function relay(incoming: IncomingMessage, outgoing: ServerResponse, port: number, heard: Heard[]): Promise<void> {
  const entry = listen(incoming, heard);
  entry.requestBody = Buffer.concat(await incoming.toArray());
  // Answers are wanted as plain text; what the client asked for is written down all the same.
  const { 'accept-encoding': _dropped, ...headers } = incoming.headers;
  const onward = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers });
  outgoing.on('close', () => onward.destroy());
  onward.end(entry.requestBody);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  entry.status = answer.statusCode ?? 0;
  entry.responseHeaders = pairs(answer);
  outgoing.writeHead(entry.status, answer.headers);
  outgoing.flushHeaders();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      outgoing.write(chunk);
    }
  } finally {
    entry.responseBody = Buffer.concat(chunks);
    outgoing.end();
  }
}

async function join(client: WebSocket, server: WebSocket, entry: Heard): Promise<void> {
  const frames: NonNullable<Heard['frames']> = [];
  entry.frames = frames;
  const pass = (from: WebSocket, to: WebSocket, type: 'send' | 'receive'): void => {
    from.on('error', () => to.terminate());
    from.on('message', (data: RawData, binary: boolean) => {
      frames.push({ type, opcode: binary ? 2 : 1, data: binary ? (data as Buffer).toString('base64') : String(data) });
      to.send(data, { binary });
    });
    from.on('close', () => to.close());
  };
  pass(client, server, 'send');
  pass(server, client, 'receive');
  await once(client, 'close');
}

function listen(incoming: IncomingMessage, heard: Heard[]): Heard {
  const entry: Heard = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    requestHeaders: pairs(incoming),
    requestBody: Buffer.alloc(0),
    status: 0,
    responseHeaders: [],
    responseBody: Buffer.alloc(0),
  };
  heard.push(entry);
  return entry;
}

function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return rawHeaders.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []));
}

function protocolsOf({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}
