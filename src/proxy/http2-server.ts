// HTTP/2 towards the client: one session, an exchange per stream (RFC 9113). Windows are large enough that one stream can fill
// a fast link; extended CONNECT is not advertised, so that WebSocket comes by HTTP/1.1 where its frames are inspected.

import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { fromHttp2, pseudoHeader, REPEATS_ALLOWED, toHttp2, toHttp2Fields } from './http2-headers.ts';
import type { BodyLength, ClientStream, ProxyRequest, RequestSink } from './stream.ts';
import { UNKNOWN_LENGTH } from './stream.ts';

export const STREAM_WINDOW = 1024 * 1024;
export const SESSION_WINDOW = 16 * 1024 * 1024;

export interface Http2ServerOptions {
  scheme: 'http' | 'https';
  headerBytes: number;
  idleTimeout: number;
  /** Milliseconds without a byte within an exchange. */
  requestTimeout: number;
  onRequest(stream: ClientStream, request: ProxyRequest): RequestSink;
}

/** Serves HTTP/2 on a socket: TLS with ALPN h2, or plain with prior knowledge. */
export function serveHttp2(socket: Duplex, options: Http2ServerOptions): ServerHttp2Session {
  const session = performServerHandshake(socket, {
    settings: {
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: options.headerBytes,
      maxConcurrentStreams: 256,
      enableConnectProtocol: false,
    },
    // A flood of resets, pings or settings ends the session (CVE-2023-44487 and relatives).
    maxOutstandingPings: 10,
    maxSessionMemory: 64,
    streamResetBurst: 1000,
    streamResetRate: 100,
    ...REPEATS_ALLOWED,
  });
  // A server-side TLS socket made by hand has no event that says it is ready; the session waits for this one.
  if ('encrypted' in socket) socket.emit('secureConnect');
  session.setLocalWindowSize(SESSION_WINDOW);
  session.setTimeout(options.idleTimeout, () => session.close());
  session.on('error', () => session.destroy());
  // The socket may stay half open; a client that ends its side has gone.
  socket.on('end', () => session.destroy());
  session.on('stream', (stream, _headers, flags, raw) => openStream(stream, flags, raw, options));
  return session;
}

function openStream(stream: ServerHttp2Stream, flags: number, raw: readonly string[], options: Http2ServerOptions): void {
  const method = pseudoHeader(raw, ':method');
  const headers = fromHttp2(raw);
  const host = takeHost(headers);
  const authority = pseudoHeader(raw, ':authority') || (host ?? '');
  const path = pseudoHeader(raw, ':path');
  stream.on('error', () => {});
  // Host beside a differing :authority is malformed (RFC 9113 8.3.1): two servers would read two hosts.
  const twoHosts = host !== undefined && host !== authority;
  if (method === 'CONNECT' || twoHosts || (!path.startsWith('/') && path !== '*')) {
    stream.respond([':status', '400', 'content-type', 'text/plain'] as never, { endStream: true });
    return;
  }
  const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  stream.setTimeout(options.requestTimeout, () => stream.destroy(new Error('nothing passed for too long')));
  const client = new Http2ServerStream(stream);
  const request: ProxyRequest = {
    method,
    scheme: options.scheme,
    authority,
    path,
    headers,
    httpVersion: '2',
    body: ended ? { kind: 'none' } : declaredLength(headers),
  };
  client.attach(options.onRequest(client, request), ended);
}

/** Removes the Host fields, which :authority replaces. @returns their value; '' if there are differing ones */
function takeHost(headers: string[]): string | undefined {
  let host: string | undefined;
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i] !== 'host') continue;
    const value = headers[i + 1]!;
    host = host === undefined || host === value ? value : '';
    headers.splice(i, 2);
  }
  return host;
}

function declaredLength(headers: readonly string[]): BodyLength {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'content-length') return { kind: 'length', length: Number(headers[i + 1]) };
  }
  return UNKNOWN_LENGTH;
}

class Http2ServerStream implements ClientStream {
  #stream: ServerHttp2Stream;
  #trailers: readonly string[] = [];
  #requestTrailers: string[] = [];
  #over = false;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  attach(sink: RequestSink, ended: boolean): void {
    const stream = this.#stream;
    stream.on('close', () => {
      if (!this.#over) {
        this.#over = true;
        sink.clientGone();
      }
    });
    stream.on('drain', () => sink.clientDrain());
    if (ended) {
      sink.requestEnd([]);
      stream.resume();
      return;
    }
    stream.on('trailers', (_headers, _flags, raw?: readonly string[]) => {
      this.#requestTrailers = fromHttp2(raw ?? []);
    });
    stream.on('data', (chunk: Buffer) => {
      sink.requestData(chunk);
      sink.requestFlush();
    });
    stream.on('end', () => {
      // A reset also ends the stream; 'close' follows and says so.
      if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      sink.requestEnd(this.#requestTrailers);
      sink.requestFlush();
    });
    sink.requestFlush();
  }

  inform(status: number, headers: readonly string[]): void {
    if (this.#over || this.#stream.headersSent || this.#stream.destroyed) return;
    this.#stream.additionalHeaders({ ...toHttp2Fields(headers), ':status': String(status) });
  }

  respond(status: number, _reason: string, headers: readonly string[], body: BodyLength): void {
    const stream = this.#stream;
    if (this.#over || stream.destroyed || stream.headersSent) return;
    const endStream = body.kind === 'none';
    // Raw lists keep repeated fields as they are; the typings of this Node line know objects only.
    // A status that HTTP/2 cannot carry is a failure of the server's class (RFC 9110 15).
    const raw = toHttp2(headers, [':status', String(status > 599 ? 502 : status)]) as never;
    stream.respond(raw, { endStream, waitForTrailers: !endStream, sendDate: false } as never);
    if (!endStream) {
      stream.on('wantTrailers', () => {
        // Without fields this ends the stream with an empty DATA frame.
        stream.sendTrailers(toHttp2Fields(this.#trailers));
      });
    }
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#stream.destroyed || this.#stream.writableEnded) return true;
    return this.#stream.write(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.#over) return;
    this.#over = true;
    this.#trailers = trailers;
    const stream = this.#stream;
    if (!stream.destroyed && !stream.writableEnded) stream.end();
    // An answer that came before the whole request was read: tell the client to stop sending (RFC 9113 8.1).
    if (!stream.readableEnded) {
      stream.resume();
      stream.once('finish', () => {
        if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
      });
    }
  }

  flush(): void {}

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    // close() would end the body first, and what was cut would look whole.
    this.#stream.destroy(new Error('cut'));
  }

  pauseRequest(): void {
    this.#stream.pause();
  }

  resumeRequest(): void {
    this.#stream.resume();
  }
}
