// One exchange on an HTTP/1 connection to a client: how a response becomes bytes.

import { STATUS_CODES } from 'node:http';
import { DaylightError } from '../errors.ts';
import { BodyReader, frameChunk } from './http1-body.ts';
import { type Framing, formatFields, headerValue, type RequestHead } from './http1-head.ts';
import type { Http1Connection } from './http1-server.ts';
import type { BodyLength, ClientStream, RequestSink } from './stream.ts';
import { SOFT_FLUSH, writePieces } from './write-pieces.ts';

/** One exchange on an HTTP/1 connection. */
export class Http1ServerStream implements ClientStream {
  readonly connection: Http1Connection;
  sink: RequestSink | undefined;
  requestDone: boolean;
  responded = false;

  #head: RequestHead;
  #reader: BodyReader;
  #out: (Buffer | string)[] = [];
  #outBytes = 0;
  #chunked = false;
  /** The response has no body, whatever its head says (RFC 9110 6.4.1). */
  #bodyless = false;
  #keepAlive: boolean;
  #over = false;

  constructor(connection: Http1Connection, head: RequestHead, framing: Framing) {
    this.connection = connection;
    this.#head = head;
    this.#keepAlive = head.version === '1.1' && !/(^|[\s,])close([\s,]|$)/i.test(headerValue(head.headers, 'connection'));
    this.#reader = new BodyReader(
      framing,
      (chunk) => this.sink?.requestData(chunk),
      (trailers) => {
        this.requestDone = true;
        this.sink?.requestEnd(trailers);
      },
    );
    this.requestDone = this.#reader.done;
  }

  /** @returns the position after the bytes that belong to the body, or -1 if the body was malformed. */
  readBody(chunk: Buffer, at: number): number {
    try {
      return this.#reader.push(chunk, at);
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      this.connection.refuseBody(error);
      return -1;
    }
  }

  inform(status: number, headers: readonly string[]): void {
    if (this.#over || this.responded || this.#head.version === '1.0') return;
    this.connection.socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${formatFields(headers)}\r\n`, 'latin1');
  }

  respond(status: number, reason: string, headers: readonly string[], body: BodyLength): void {
    if (this.#over || this.responded) return;
    this.responded = true;
    let extra = '';
    this.#bodyless = this.#head.method === 'HEAD' || status === 204 || status === 304;
    if (this.#bodyless) {
      // Neither framing nor content.
    } else if (body.kind === 'unknown') {
      if (this.#head.version === '1.1') {
        this.#chunked = true;
        extra = 'Transfer-Encoding: chunked\r\n';
      } else this.#keepAlive = false;
    } else if (body.kind === 'none') {
      if (headerValue(headers, 'content-length') === '') extra = 'Content-Length: 0\r\n';
    }
    if (this.connection.closing || !this.requestDone) this.#keepAlive = false;
    if (!this.#keepAlive) extra += 'Connection: close\r\n';
    this.#collect(`HTTP/1.1 ${status} ${reason}\r\n${formatFields(headers)}${extra}\r\n`);
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#bodyless) return true;
    if (chunk.length > 0) this.#collect(this.#chunked ? frameChunk(chunk) : chunk);
    return this.#outBytes < SOFT_FLUSH && !this.connection.socket.writableNeedDrain ? true : this.#push();
  }

  end(trailers: readonly string[]): void {
    if (this.#over) return;
    if (this.#chunked) this.#collect(`0\r\n${formatFields(trailers)}\r\n`);
    this.#push();
    this.#over = true;
    this.connection.finished(this, this.#keepAlive);
  }

  flush(): void {
    if (!this.#over) this.#push();
  }

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    this.connection.socket.destroy();
  }

  pauseRequest(): void {
    if (!this.#over) this.connection.socket.pause();
  }

  resumeRequest(): void {
    if (!this.#over) this.connection.socket.resume();
  }

  #collect(piece: Buffer | string): void {
    this.#out.push(piece);
    this.#outBytes += piece.length;
  }

  /** Sends what was collected. @returns whether the socket takes more. */
  #push(): boolean {
    const { socket } = this.connection;
    const pieces = this.#out;
    if (pieces.length === 0) return !socket.writableNeedDrain;
    this.#out = [];
    const bytes = this.#outBytes;
    this.#outBytes = 0;
    return writePieces(socket, pieces, bytes);
  }
}
