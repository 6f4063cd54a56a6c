// HTTP/1 towards the client: one connection, one exchange at a time (RFC 9112).
//
// Bytes are read as they come; a request that follows before its predecessor is answered (pipelining) waits in a bounded
// stash. When an answer ends before the request has been read, the connection is closed after a bounded drain, so that the
// client can still read the answer. Reading goes on while an answer is awaited, so that a client's end is seen at once.

import type { Duplex } from 'node:stream';
import { DaylightError } from '../errors.ts';
import { type Framing, parseRequestHead, type RequestHead, requestFraming } from './http1-head.ts';
import { Http1ServerStream } from './http1-server-stream.ts';
import type { RequestSink } from './stream.ts';

export interface Http1Options {
  headerBytes: number;
  /** Milliseconds until a head that has begun must be complete. */
  headerTimeout: number;
  /** Milliseconds without a byte between requests. */
  idleTimeout: number;
  /** Milliseconds without a byte within an exchange. */
  requestTimeout: number;
  /** A request head is complete. Returns the sink of its body, or undefined if the connection was taken over or answered. */
  onRequest(stream: Http1ServerStream, head: RequestHead, framing: Framing): RequestSink | undefined;
  /** The client sent something that is not HTTP, or too slowly. Answered with 400, 408 or 431 and closed. */
  onBadRequest(error: DaylightError): void;
}

const STASH_LIMIT = 64 * 1024;
const DRAIN_LIMIT = 4 * 1024 * 1024;
const DRAIN_MS = 2000;
const NOTHING = Buffer.alloc(0);
const BARE_LF = /[^\r]\n/;

export class Http1Connection {
  readonly socket: Duplex & { setTimeout(ms: number): unknown };
  /** Set when the next answer that begins should be the last, and say so. */
  closing = false;

  #options: Http1Options;
  #stream: Http1ServerStream | undefined;
  #stash: Buffer = NOTHING;
  #head: Buffer = NOTHING;
  #headTimer: NodeJS.Timeout | undefined;
  #busy = false;
  #detached = false;
  #hurried = false;

  constructor(socket: Duplex & { setTimeout(ms: number): unknown }, options: Http1Options) {
    this.socket = socket;
    this.#options = options;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    socket.on('drain', this.#onDrain);
    socket.on('timeout', this.#onTimeout);
    socket.setTimeout(options.idleTimeout);
    // Whoever looked at the first bytes left the socket paused.
    socket.resume();
  }

  /** Takes the socket away from this codec. @returns bytes that were read and not used. */
  detach(): Buffer {
    this.#detached = true;
    const { socket } = this;
    clearTimeout(this.#headTimer);
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    socket.off('drain', this.#onDrain);
    socket.off('timeout', this.#onTimeout);
    socket.setTimeout(0);
    socket.pause();
    return this.#stash;
  }

  /**
   * Answers the exchange under way, then closes; an idle connection closes at once. Gently: closes after an answer that says so, so that
   * no client sends a request that nobody reads.
   */
  shutdown(gently = false): void {
    this.closing = true;
    this.#hurried ||= !gently;
    if (this.#hurried && !this.#stream && this.#head.length === 0 && !this.#detached) this.#endAndDrain();
  }

  #onData = (chunk: Buffer): void => {
    if (this.#stream || this.#stash.length === 0) {
      this.#feed(chunk);
      return;
    }
    // What waited comes first.
    const before = this.#stash;
    this.#stash = NOTHING;
    this.#feed(Buffer.concat([before, chunk]));
  };

  #feed(chunk: Buffer): void {
    let at = 0;
    this.#busy = true;
    while (at < chunk.length && !this.#detached && !this.socket.destroyed) {
      const stream = this.#stream;
      if (!stream) {
        at = this.#readHead(chunk, at);
      } else if (!stream.requestDone) {
        const next = stream.readBody(chunk, at);
        if (next < 0) break;
        at = next;
      } else {
        this.#keep(chunk.subarray(at));
        at = chunk.length;
      }
    }
    this.#busy = false;
    if (!this.#detached) this.#stream?.sink?.requestFlush();
  }

  #keep(rest: Buffer): void {
    this.#stash = this.#stash.length === 0 ? rest : Buffer.concat([this.#stash, rest]);
    if (this.#stash.length > STASH_LIMIT) this.socket.pause();
  }

  /** @returns the position after the head, or after all bytes when the head is not complete. */
  #readHead(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#head.length === 0) {
      // Empty lines before a request are ignored (RFC 9112 2.2).
      while (at < chunk.length && (chunk[at] === 13 || chunk[at] === 10)) at++;
      if (at === chunk.length) return at;
    }
    const pending = this.#head.length;
    const bytes = pending === 0 ? chunk : Buffer.concat([this.#head, chunk.subarray(at)]);
    const from = pending === 0 ? at : 0;
    const end = bytes.indexOf('\r\n\r\n', pending === 0 ? at : Math.max(0, pending - 3), 'latin1');
    const size = (end < 0 ? bytes.length : end) - from;
    if (size > this.#options.headerBytes) {
      this.#refuse(new DaylightError('ERR_HTTP_LIMIT', `Request head is larger than ${this.#options.headerBytes} bytes`), 431);
      return chunk.length;
    }
    if (end < 0) {
      if (BARE_LF.test(bytes.toString('latin1', Math.max(from, pending - 1)))) {
        this.#refuse(new DaylightError('ERR_HTTP_SYNTAX', 'Malformed HTTP/1 message: a line of the head ends in a bare LF'), 400);
        return chunk.length;
      }
      this.#head = pending === 0 ? Buffer.from(bytes.subarray(from)) : bytes;
      this.#headTimer ??= setTimeout(() => {
        this.#refuse(new DaylightError('ERR_TIMEOUT', `Request head not complete after ${this.#options.headerTimeout} ms`), 408);
      }, this.#options.headerTimeout);
      return chunk.length;
    }
    if (pending > 0) {
      clearTimeout(this.#headTimer);
      this.#headTimer = undefined;
      this.#head = NOTHING;
    }
    const next = pending === 0 ? end + 4 : at + (end + 4 - pending);
    try {
      const head = parseRequestHead(bytes.toString('latin1', from, end));
      const framing = requestFraming(head);
      this.#open(head, framing, chunk, next);
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      this.#refuse(error, 400);
      return chunk.length;
    }
    return this.#detached ? chunk.length : next;
  }

  #open(head: RequestHead, framing: Framing, chunk: Buffer, next: number): void {
    const stream = new Http1ServerStream(this, head, framing);
    this.#stream = stream;
    this.socket.setTimeout(this.#options.requestTimeout);
    // Whoever takes the connection over gets the bytes behind the head from detach().
    this.#stash = next < chunk.length ? chunk.subarray(next) : NOTHING;
    const sink = this.#options.onRequest(stream, head, framing);
    if (this.#detached) return;
    this.#stash = NOTHING;
    stream.sink = sink;
    if (stream.requestDone && sink) sink.requestEnd([]);
  }

  #refuse(error: DaylightError, status: number): void {
    clearTimeout(this.#headTimer);
    this.#options.onBadRequest(error);
    if (this.#stream?.responded) {
      this.socket.destroy();
      return;
    }
    const text = `${error.message}\n`;
    const reason =
      { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status] ?? 'Bad Request';
    const sink = this.#stream?.sink;
    this.#stream = undefined;
    sink?.clientGone(error);
    if (this.socket.destroyed) return;
    this.socket.write(
      `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
    this.#endAndDrain();
  }

  /** A request body turned out malformed. */
  refuseBody(error: DaylightError): void {
    this.#refuse(error, 400);
  }

  /**
   * Ends our side. What still comes is read and dropped, never served, until the peer has had time to read our last answer:
   * closing at once would reset the connection and could take the answer with it.
   */
  #endAndDrain(): void {
    this.detach();
    const { socket } = this;
    let left = DRAIN_LIMIT;
    const onGone = (): void => {
      if (socket.writableFinished) socket.destroy();
    };
    socket.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) socket.pause();
    });
    socket.on('end', onGone);
    socket.on('timeout', () => socket.destroy());
    socket.setTimeout(this.#options.idleTimeout);
    socket.end(() => {
      if (socket.readableEnded || left < 0) socket.destroy();
      else setTimeout(() => socket.destroy(), DRAIN_MS).unref();
    });
    socket.resume();
  }

  /** The exchange of `stream` has been answered whole. */
  finished(stream: Http1ServerStream, keepAlive: boolean): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (!stream.requestDone || !keepAlive || this.#hurried) {
      this.#endAndDrain();
      return;
    }
    this.socket.setTimeout(this.#options.idleTimeout);
    // The exchange may have paused it.
    this.socket.resume();
    if (this.#stash.length > 0 && !this.#busy) setImmediate(this.#feedStash);
  }

  #feedStash = (): void => {
    if (!this.#detached && !this.socket.destroyed && !this.#stream && this.#stash.length > 0) this.#onData(NOTHING);
  };

  #onEnd = (): void => {
    // A client that ends its side while it waits has gone; HTTP/1 has no other way to say so.
    const sink = this.#stream?.sink;
    this.#stream = undefined;
    sink?.clientGone();
    this.socket.end();
  };

  #onClose = (): void => {
    clearTimeout(this.#headTimer);
    const sink = this.#stream?.sink;
    this.#stream = undefined;
    sink?.clientGone();
  };

  // 'close' follows and does the work; a client's reset is no error of ours.
  #onError = (): void => {};

  #onDrain = (): void => {
    this.#stream?.sink?.clientDrain();
  };

  #onTimeout = (): void => {
    const sink = this.#stream?.sink;
    this.#stream = undefined;
    sink?.clientGone(new DaylightError('ERR_TIMEOUT', `Nothing passed in ${this.#options.requestTimeout} ms`));
    this.socket.destroy();
  };
}
