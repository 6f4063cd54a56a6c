// CONNECT by hand, for clients that bring no proxy support of their own.

import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { within } from '../appliance.ts';

export interface Answered {
  status: number;
  /** Status line and fields. */
  head: string;
  socket: Socket;
}

/** Sends CONNECT and reads the answer's head; what follows stays in the socket. */
export async function openTunnel(proxyUrl: string, target: string): Promise<Answered> {
  const { hostname, port } = new URL(proxyUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const head = await within('the answer to CONNECT', readHead(socket));
  return { status: Number(head.split(' ')[1]), head, socket };
}

/** Reads up to the empty line. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData).off('close', onClose).pause();
      if (seen.length > end + 4) socket.unshift(seen.subarray(end + 4));
      resolve(seen.toString('latin1', 0, end));
    };
    const onClose = (): void => reject(new Error(`closed after ${JSON.stringify(seen.toString('latin1'))}`));
    socket.on('data', onData).on('close', onClose);
  });
}

/** TLS through a tunnel, verified against `ca`. @throws the handshake's error */
export async function openTls(proxyUrl: string, target: string, options: ConnectionOptions): Promise<TLSSocket> {
  const { socket, status, head } = await openTunnel(proxyUrl, target);
  if (status !== 200) throw new Error(`CONNECT ${target} was answered ${head}`);
  const tls = connectTls({ socket, servername: new URL(`https://${target}`).hostname, ...options });
  await within('the TLS handshake', once(tls, 'secureConnect'));
  tls.on('error', () => undefined);
  return tls;
}

export interface HttpAnswer {
  status: number;
  head: string;
  body: string;
}

export interface HttpRequest {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** One HTTP/1.1 request as it is written here, and its answer. The connection is used up. */
export async function requestHttp1(socket: Socket, host: string, request: HttpRequest): Promise<HttpAnswer> {
  const { method = 'GET', path = '/', headers = {}, body = '' } = request;
  const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const fields = { Host: host, Connection: 'close', ...length, ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  const text = await readAll(socket);
  const end = text.indexOf('\r\n\r\n');
  return { status: Number(text.split(' ')[1]), head: text.slice(0, end), body: text.slice(end + 4) };
}

/** Everything that comes until the end. */
export async function readAll(socket: Socket, patience = 30_000): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.resume();
  await within(`the end of the connection after ${JSON.stringify(text.slice(-200))}`, once(socket, 'close'), patience);
  return text;
}

/** One request over HTTP/2, in a tunnel of its own. */
export async function requestHttp2(
  connection: TLSSocket | Socket,
  origin: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  const session: ClientHttp2Session = connectHttp2(origin, { createConnection: () => connection });
  session.on('error', () => undefined);
  try {
    const stream = session.request({ ':method': body === '' ? 'GET' : 'POST', ...headers });
    if (body !== '') stream.end(body);
    const [head] = (await within('the answer over HTTP/2', once(stream, 'response'))) as [Record<string, unknown>];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return { status: Number(head[':status']), text };
  } finally {
    session.destroy();
  }
}
