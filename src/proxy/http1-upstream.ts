// HTTP/1 towards the server: one connection, one exchange at a time, kept for the next one when both sides agree.
//
// An idle connection keeps reading, so that the server's close is seen at once and the connection leaves the pool before it
// can be chosen. Anything the server says that is not a well-formed answer to the request under way ends the connection.

import type { Duplex } from 'node:stream';
import { DaylightError } from '../errors.ts';
import { BodyReader, bodyLengthOf, frameChunk } from './http1-body.ts';
import { formatFields, headerValue, parseResponseHead, type ResponseHead, responseFraming, syntax } from './http1-head.ts';
import type { Forward } from './route.ts';
import { type ProxyRequest, type ResponseSink, UNKNOWN_LENGTH, type UpstreamStream } from './stream.ts';
import { SOFT_FLUSH, writePieces } from './write-pieces.ts';

const NOTHING = Buffer.alloc(0);
const EXPECTS_BODY = /^(POST|PUT|PATCH)$/;

export interface Http1UpstreamOptions {
  headerBytes: number;
  /** The connection leads to a parent proxy, which is sent requests in absolute-form. */
  forward?: Forward | undefined;
  /** Says what broke the connection. */
  explain(error: Error): DaylightError;
  /** The connection is free for another exchange for `idleMs` milliseconds. */
  onIdle(connection: Http1Upstream, idleMs: number): void;
  onClose(connection: Http1Upstream): void;
}

export class Http1Upstream implements UpstreamStream {
  readonly socket: Duplex;
  /** The address that is connected. */
  readonly address: string;
  /** Exchanges served before the one under way. */
  served = 0;
  closed = false;
  /** Bound to one client connection (NTLM, Negotiate): never shared again. */
  pinned = false;

  #options: Http1UpstreamOptions;
  #sink: ResponseSink | undefined;
  #method = '';
  #upgrading = false;
  #chunkedRequest = false;
  #requestOver = true;
  #sent = false;
  #head: Buffer = NOTHING;
  #reader: BodyReader | undefined;
  #keepAlive = false;
  #answered = false;
  #idleMs = 15_000;
  #out: (Buffer | string)[] = [];
  #outBytes = 0;

  constructor(socket: Duplex, address: string, options: Http1UpstreamOptions) {
    this.socket = socket;
    this.address = address;
    this.#options = options;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    socket.on('drain', () => this.#sink?.upstreamDrain());
    socket.resume();
  }

  /** Starts an exchange. The connection belongs to `sink` until `onIdle` or `onClose`. */
  begin(sink: ResponseSink): this {
    this.#sink = sink;
    if (this.closed) queueMicrotask(this.#onClose);
    this.#answered = false;
    this.#requestOver = false;
    this.#sent = false;
    return this;
  }

  send(request: ProxyRequest, headers: readonly string[]): void {
    this.#method = request.method;
    this.#sent = true;
    this.#chunkedRequest = request.body.kind === 'unknown';
    const host = headerValue(headers, 'host') === '' ? `Host: ${request.authority}\r\n` : '';
    let framing = this.#chunkedRequest ? 'Transfer-Encoding: chunked\r\n' : '';
    // HTTP/2 says by END_STREAM alone that there is no body; many servers insist on a length (RFC 9110 8.6).
    if (request.body.kind === 'none' && EXPECTS_BODY.test(request.method) && headerValue(headers, 'content-length') === '')
      framing = 'Content-Length: 0\r\n';
    const { forward } = this.#options;
    const target = forward ? absoluteForm(forward.authority, request.path) : request.path;
    const toParent = forward ? formatFields(forward.parent.headers) : '';
    this.#collect(`${request.method} ${target} HTTP/1.1\r\n${host}${formatFields(headers)}${toParent}${framing}\r\n`);
  }

  /** Sends bytes as they are (WebSocket handshake). */
  sendRaw(method: string, text: string): void {
    this.#method = method;
    this.#sent = true;
    this.#upgrading = true;
    this.#collect(text);
    this.#requestOver = true;
    this.flush();
  }

  write(chunk: Buffer): boolean {
    if (this.closed) return true;
    if (chunk.length > 0) this.#collect(this.#chunkedRequest ? frameChunk(chunk) : chunk);
    return this.#outBytes < SOFT_FLUSH && !this.socket.writableNeedDrain ? true : this.#push();
  }

  end(trailers: readonly string[]): void {
    if (this.#chunkedRequest) this.#collect(`0\r\n${formatFields(trailers)}\r\n`);
    this.#requestOver = true;
    this.#push();
  }

  flush(): void {
    this.#push();
  }

  abort(): void {
    const unused = this.#sink !== undefined && !this.#sent && !this.closed;
    this.#sink = undefined;
    if (unused) {
      // Whoever it was opened for has gone; another one may need it.
      this.#options.onIdle(this, this.#idleMs);
      return;
    }
    this.closed = true;
    this.socket.destroy();
  }

  pin(): void {
    this.pinned = true;
  }

  pauseResponse(): void {
    this.socket.pause();
  }

  resumeResponse(): void {
    this.socket.resume();
  }

  /** Hands the socket over after a 101. @returns bytes that were read behind the head. */
  detach(): Buffer {
    this.socket.off('data', this.#onData);
    this.socket.off('end', this.#onEnd);
    this.#sink = undefined;
    this.socket.pause();
    return this.#head;
  }

  #collect(piece: Buffer | string): void {
    this.#out.push(piece);
    this.#outBytes += piece.length;
  }

  #push(): boolean {
    if (this.#out.length === 0) return !this.socket.writableNeedDrain;
    const pieces = this.#out;
    const bytes = this.#outBytes;
    this.#out = [];
    this.#outBytes = 0;
    return writePieces(this.socket, pieces, bytes);
  }

  #onData = (chunk: Buffer): void => {
    const sink = this.#sink;
    if (!sink) {
      // Bytes that nobody asked for: an unsolicited 408 at best, response queue poisoning at worst.
      this.#die();
      return;
    }
    try {
      let bytes = chunk;
      let at = 0;
      while (at < bytes.length && this.#sink === sink && !this.closed) {
        if (this.#reader) {
          at = this.#reader.push(bytes, at);
          if (this.#reader?.done) this.#complete(bytes.length - at);
        } else {
          const pending = this.#head;
          if (pending.length > 0) {
            bytes = Buffer.concat([pending, at === 0 ? bytes : bytes.subarray(at)]);
            at = 0;
          }
          const end = bytes.indexOf('\r\n\r\n', Math.max(at, pending.length - 3), 'latin1');
          if ((end < 0 ? bytes.length : end) - at > this.#options.headerBytes) {
            throw new DaylightError(
              'ERR_UPSTREAM_PROTOCOL',
              `The server sent a response head larger than ${this.#options.headerBytes} bytes`,
            );
          }
          if (end < 0) {
            this.#head = Buffer.from(at === 0 ? bytes : bytes.subarray(at));
            break;
          }
          this.#head = NOTHING;
          const head = parseResponseHead(bytes.toString('latin1', at, end));
          at = end + 4;
          if (head.status === 101) {
            if (!this.#upgrading) throw syntax('101 Switching Protocols, which was not asked for');
            this.#head = at < bytes.length ? bytes.subarray(at) : NOTHING;
            sink.responseHead(101, head.reason, head.headers, UNKNOWN_LENGTH);
            return;
          }
          this.#takeHead(head, sink, bytes.length - at);
        }
      }
    } catch (error) {
      this.#protocolError(error, sink);
      return;
    }
    sink.responseFlush();
  };

  #takeHead(head: ResponseHead, sink: ResponseSink, rest: number): void {
    if (head.status < 200) {
      sink.responseInformation(head.status, head.headers);
      return;
    }
    const { forward } = this.#options;
    const refusal = forward?.parent.refusal(head, forward.authority);
    if (refusal) throw refusal;
    const framing = responseFraming(head, this.#method);
    this.#answered = true;
    this.#keepAlive =
      framing.kind !== 'close' &&
      head.version === '1.1' &&
      !/(^|[\s,])close([\s,]|$)/i.test(headerValue(head.headers, 'connection'));
    const timeout = /timeout=(\d{1,6})/i.exec(headerValue(head.headers, 'keep-alive'));
    // One second less than the server grants, so that it does not close while we send.
    if (timeout) this.#idleMs = Math.max(0, Math.min(60_000, Number(timeout[1]) * 1000 - 1000));
    this.#reader = new BodyReader(
      framing,
      (data) => this.#sink?.responseData(data),
      (trailers) => this.#sink?.responseEnd(trailers),
    );
    sink.responseHead(head.status, head.reason, head.headers, bodyLengthOf(framing));
    if (framing.kind === 'none' && this.#sink === sink) {
      sink.responseEnd([]);
      if (this.#sink === sink) this.#complete(rest);
    }
  }

  /** The response is complete; `rest` bytes were read behind it. */
  #complete(rest: number): void {
    this.#reader = undefined;
    this.#sink = undefined;
    if (!this.#keepAlive || !this.#requestOver || rest > 0) {
      this.#die();
      return;
    }
    this.served++;
    // The exchange may have paused it for a slow client; idle, it has to see the server's close.
    this.socket.resume();
    this.#options.onIdle(this, this.#idleMs);
  }

  #onEnd = (): void => {
    const sink = this.#sink;
    if (sink && this.#reader?.eof()) {
      sink.responseFlush();
      this.#sink = undefined;
    }
    this.#die();
  };

  #die(): void {
    if (!this.socket.destroyed) this.socket.destroy();
    this.#onClose();
  }

  #onError = (error: Error): void => {
    this.#fail(this.#options.explain(error));
    // An alert of TLS does not end the socket by itself; an idle connection would be chosen again.
    this.#die();
  };

  #onClose = (): void => {
    if (!this.closed) {
      this.closed = true;
      this.#options.onClose(this);
    }
    this.#fail(new DaylightError('ERR_UPSTREAM_CONNECT', 'The server closed the connection before the response was complete.'));
  };

  #protocolError(error: unknown, sink: ResponseSink): void {
    if (!(error instanceof DaylightError)) throw error;
    const failure =
      error.code === 'ERR_HTTP_SYNTAX' || error.code === 'ERR_HTTP_LIMIT'
        ? new DaylightError('ERR_UPSTREAM_PROTOCOL', `The server sent a malformed response. ${error.message}`, { cause: error })
        : error;
    this.#sink = undefined;
    this.#die();
    sink.upstreamFailed(failure, false);
  }

  #fail(error: DaylightError): void {
    const sink = this.#sink;
    if (!sink) return;
    this.#sink = undefined;
    sink.upstreamFailed(error, this.served > 0 && !this.#answered && this.#head.length === 0);
  }
}

/** RFC 9112 3.2.2; a server-wide OPTIONS has no path (3.2.4). */
function absoluteForm(authority: string, path: string): string {
  return `http://${authority}${path === '*' ? '' : path}`;
}
