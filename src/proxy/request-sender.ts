// Sends a request to the server: gets a connection when the first piece may leave, keeps what comes before it is there, and
// tries once more when a kept connection turns out to be closed and repeating does no harm (RFC 9112 section 9.3.1).

import { DaylightError } from '../errors.ts';
import { endToEnd, endToEndTrailers } from './hop-headers.ts';
import { rewrittenTrailers } from './rewritten-head.ts';
import type { BodyLength, ProxyRequest, ResponseSink, UpstreamStream } from './stream.ts';
import type { Acquire } from './upstreams.ts';

const EXPECT = new Set(['expect']);
const REPEATABLE = /^(GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/;

export interface RequestSenderOptions {
  request: ProxyRequest;
  acquire: Acquire;
  sink: ResponseSink;
  /** The client should stop, or go on, sending its body. */
  pause(): void;
  resume(): void;
  fail(error: DaylightError): void;
}

export class RequestSender {
  #options: RequestSenderOptions;
  #stream: UpstreamStream | undefined;
  #acquiring = false;
  #retried = false;
  #aborted = false;
  #otherBody = false;
  #waiting: Buffer[] = [];
  #end: readonly string[] | undefined;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  /** A connection was asked for. */
  get started(): boolean {
    return this.#acquiring || this.#stream !== undefined;
  }

  /** Sends the head, as soon as there is a connection. */
  start(): void {
    if (this.#aborted || this.started) return;
    this.#acquiring = true;
    const { acquire, request, sink } = this.#options;
    acquire(sink, this.#retried, (stream, error) => {
      this.#acquiring = false;
      if (!stream) this.#options.fail(error ?? new DaylightError('ERR_UPSTREAM_CONNECT', 'No connection to the server'));
      else if (this.#aborted) stream.abort();
      else this.#send(stream, request);
    });
  }

  /** Changes the head before it leaves. @param content set if the body is another one; its length if that is to be told */
  rewrite(headers: readonly string[], content?: { length: number | undefined }): void {
    const { request } = this.#options;
    const body: BodyLength = content?.length === undefined ? request.body : { kind: 'length', length: content.length };
    this.#options = { ...this.#options, request: { ...request, headers: [...headers], body } };
    if (content) this.#otherBody = true;
  }

  write(chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.write(chunk)) this.#options.pause();
      return;
    }
    this.#waiting.push(chunk);
    this.start();
    // Not connected yet: what follows waits on the client's side.
    if (!this.#stream) this.#options.pause();
  }

  end(trailers: readonly string[]): void {
    const kept = endToEndTrailers(trailers);
    this.#end = this.#otherBody ? rewrittenTrailers(kept) : kept;
    if (this.#stream) this.#stream.end(this.#end);
    else this.start();
  }

  flush(): void {
    this.#stream?.flush();
  }

  abort(): void {
    this.#aborted = true;
    this.#stream?.abort();
  }

  /** The exchange is over: the connection may serve another by now. */
  close(): void {
    this.#aborted = true;
    this.#stream = undefined;
  }

  /** The exchange failed. @returns whether it is tried again. */
  retry(retryable: boolean): boolean {
    this.#stream = undefined;
    const { request } = this.#options;
    if (!retryable || this.#retried || this.#aborted || request.body.kind !== 'none' || !REPEATABLE.test(request.method))
      return false;
    this.#retried = true;
    this.start();
    return true;
  }

  pauseResponse(): void {
    this.#stream?.pauseResponse();
  }

  resumeResponse(): void {
    this.#stream?.resumeResponse();
  }

  /** The connection belongs to this client from now on. */
  pin(): void {
    this.#stream?.pin?.();
  }

  #send(stream: UpstreamStream, request: ProxyRequest): void {
    this.#stream = stream;
    const { headers, trailers } = endToEnd(request.headers, EXPECT);
    // The server is told that trailers are read: towards it, we are the client (RFC 9110 6.5.1).
    if (trailers) headers.push('TE', 'trailers', 'Connection', 'TE');
    stream.send(request, headers);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) stream.write(chunk);
    if (this.#end || request.body.kind === 'none') stream.end(this.#end ?? []);
    else stream.flush();
    if (waiting.length > 0) this.#options.resume();
  }
}
