// HTTP/2 towards the server: one session shared by many exchanges (RFC 9113).

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { DaylightError } from '../errors.ts';
import { fromHttp2, pseudoHeader, REPEATS_ALLOWED, toHttp2, toHttp2Fields } from './http2-headers.ts';
import { SESSION_WINDOW, STREAM_WINDOW } from './http2-server.ts';
import {
  type BodyLength,
  EMPTY_BODY,
  type ProxyRequest,
  type ResponseSink,
  UNKNOWN_LENGTH,
  type UpstreamStream,
} from './stream.ts';

export class Http2Upstream {
  readonly address: string;
  closed = false;

  #session: ClientHttp2Session;
  #explain: (error: Error) => DaylightError;

  constructor(
    socket: Duplex,
    authority: string,
    address: string,
    options: { headerBytes: number; idleTimeout: number; explain(error: Error): DaylightError; onClose(): void },
  ) {
    this.address = address;
    this.#explain = options.explain;
    const session = connect(authority, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, maxHeaderListSize: options.headerBytes, enablePush: false },
      maxSessionMemory: 64,
      ...REPEATS_ALLOWED,
    });
    this.#session = session;
    session.on('connect', () => session.setLocalWindowSize(SESSION_WINDOW));
    session.on('error', () => session.destroy());
    session.on('goaway', () => this.#retire(options.onClose));
    session.on('close', () => this.#retire(options.onClose));
    session.setTimeout(options.idleTimeout, () => session.close());
    session.unref();
  }

  /** Whether another stream can be opened now. */
  get available(): boolean {
    return !this.closed && !this.#session.closed && !this.#session.destroyed;
  }

  begin(sink: ResponseSink): UpstreamStream {
    return new Http2UpstreamStream(this.#session, sink, this.#explain);
  }

  close(): void {
    this.closed = true;
    this.#session.close();
  }

  #retire(onClose: () => void): void {
    if (this.closed) return;
    this.closed = true;
    onClose();
  }
}

class Http2UpstreamStream implements UpstreamStream {
  #session: ClientHttp2Session;
  #explain: (error: Error) => DaylightError;
  #sink: ResponseSink | undefined;
  #stream: ClientHttp2Stream | undefined;
  #requestTrailers: readonly string[] = [];
  #abort = new AbortController();

  constructor(session: ClientHttp2Session, sink: ResponseSink, explain: (error: Error) => DaylightError) {
    this.#session = session;
    this.#explain = explain;
    this.#sink = sink;
  }

  send(request: ProxyRequest, headers: readonly string[]): void {
    const raw = toHttp2(headers, [
      ...[':method', request.method, ':scheme', request.scheme],
      ...[':authority', request.authority, ':path', request.path],
    ]);
    const endStream = request.body.kind === 'none';
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request(raw as never, { endStream, waitForTrailers: !endStream, signal: this.#abort.signal });
    } catch (error) {
      this.#fail(`no stream could be opened: ${(error as Error).message}`, true);
      return;
    }
    this.#stream = stream;
    this.#listen(stream);
  }

  #listen(stream: ClientHttp2Stream): void {
    let trailers: string[] = [];
    let answered = false;
    stream.on('wantTrailers', () => {
      stream.sendTrailers(toHttp2Fields(this.#requestTrailers));
    });
    stream.on('headers', (headers, _flags, raw?: readonly string[]) => {
      this.#sink?.responseInformation(Number(headers[':status']), fromHttp2(raw ?? []));
    });
    stream.on('response', (_headers, flags, raw?: readonly string[]) => {
      answered = true;
      const list = raw ?? [];
      const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      const fields = fromHttp2(list);
      this.#sink?.responseHead(Number(pseudoHeader(list, ':status')), '', fields, ended ? EMPTY_BODY : declaredLength(fields));
      this.#sink?.responseFlush();
    });
    stream.on('trailers', (_headers, _flags, raw?: readonly string[]) => {
      trailers = fromHttp2(raw ?? []);
    });
    stream.on('data', (chunk: Buffer) => {
      this.#sink?.responseData(chunk);
      this.#sink?.responseFlush();
    });
    stream.on('drain', () => this.#sink?.upstreamDrain());
    stream.on('end', () => {
      // A reset also ends the stream; 'close' tells which it was.
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR || !answered) return;
      const sink = this.#sink;
      this.#sink = undefined;
      sink?.responseEnd(trailers);
      sink?.responseFlush();
    });
    let broken: DaylightError | undefined;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Errors of HTTP/2 itself are told by the code of the reset.
      if (!error.code?.startsWith('ERR_HTTP2_')) broken = this.#explain(error);
    });
    stream.on('close', () => {
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      this.#fail(
        `the server closed the stream (HTTP/2 error code ${stream.rstCode})`,
        refused || (!answered && this.#session.destroyed),
        broken,
      );
    });
  }

  write(chunk: Buffer): boolean {
    const stream = this.#stream;
    return !stream || stream.destroyed || stream.writableEnded ? true : stream.write(chunk);
  }

  end(trailers: readonly string[]): void {
    this.#requestTrailers = trailers;
    const stream = this.#stream;
    if (stream && !stream.destroyed && !stream.writableEnded) stream.end();
  }

  flush(): void {}

  abort(): void {
    this.#sink = undefined;
    // close() would end the body first, and a request that was cut would look whole. This resets the stream with CANCEL.
    this.#abort.abort();
  }

  pauseResponse(): void {
    this.#stream?.pause();
  }

  resumeResponse(): void {
    this.#stream?.resume();
  }

  #fail(message: string, retryable: boolean, broken?: DaylightError): void {
    const sink = this.#sink;
    if (!sink) return;
    this.#sink = undefined;
    sink.upstreamFailed(
      broken ?? new DaylightError('ERR_UPSTREAM_PROTOCOL', `The exchange with the server failed: ${message}.`),
      retryable,
    );
  }
}

function declaredLength(headers: readonly string[]): BodyLength {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'content-length') {
      const length = Number(headers[i + 1]);
      if (Number.isSafeInteger(length)) return { kind: 'length', length };
    }
  }
  return UNKNOWN_LENGTH;
}
