// HTTP/1 message bodies: takes wire bytes, gives content and trailers, by the framing of the head (RFC 9112 6 and 7).
//
// Chunk sizes are bare hexadecimal with an optional extension, lines end in CRLF, and nothing else passes: a lenient chunk
// parser in front of a strict one (or the other way round) is a smuggling hole.

import { type Framing, parseFields, syntax } from './http1-head.ts';
import { type BodyLength, EMPTY_BODY, UNKNOWN_LENGTH } from './stream.ts';

const LINE_LIMIT = 4096;
const TRAILER_LIMIT = 16 * 1024;

export class BodyReader {
  /** The message is complete. */
  done: boolean;

  #kind: Framing['kind'];
  #left: number;
  #state: 'size' | 'data' | 'data-end' | 'trailers' = 'size';
  #line = '';
  #onData: (chunk: Buffer) => void;
  #onEnd: (trailers: string[]) => void;

  constructor(framing: Framing, onData: (chunk: Buffer) => void, onEnd: (trailers: string[]) => void) {
    this.#kind = framing.kind;
    this.#left = framing.kind === 'length' ? framing.length : 0;
    this.done = framing.kind === 'none';
    this.#onData = onData;
    this.#onEnd = onEnd;
  }

  /**
   * Consumes bytes from `at` on.
   *
   * @returns the position after the last byte that belongs to this message
   * @throws DaylightError ERR_HTTP_SYNTAX on a malformed chunk
   */
  push(bytes: Buffer, at: number): number {
    if (this.#kind === 'chunked') return this.#pushChunked(bytes, at);
    if (this.#kind === 'close') {
      if (at < bytes.length) this.#onData(at === 0 ? bytes : bytes.subarray(at));
      return bytes.length;
    }
    const available = bytes.length - at;
    const take = Math.min(available, this.#left);
    if (take > 0) {
      this.#left -= take;
      this.#onData(at === 0 && take === bytes.length ? bytes : bytes.subarray(at, at + take));
    }
    if (this.#left === 0 && !this.done) this.#finish([]);
    return at + take;
  }

  /** The connection ended. @returns whether the message was complete by that. */
  eof(): boolean {
    if (this.done) return true;
    if (this.#kind !== 'close') return false;
    this.#finish([]);
    return true;
  }

  #finish(trailers: string[]): void {
    this.done = true;
    this.#onEnd(trailers);
  }

  #pushChunked(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length && !this.done) {
      if (this.#state === 'data') {
        const take = Math.min(bytes.length - at, this.#left);
        this.#left -= take;
        if (this.#left === 0) this.#state = 'data-end';
        this.#onData(bytes.subarray(at, at + take));
        at += take;
        continue;
      }
      const end = bytes.indexOf(10, at);
      const stop = end < 0 ? bytes.length : end + 1;
      this.#line += bytes.toString('latin1', at, stop);
      at = stop;
      if (this.#line.length > (this.#state === 'trailers' ? TRAILER_LIMIT : LINE_LIMIT))
        throw syntax('chunk line or trailers too long');
      if (end >= 0) this.#takeLine();
    }
    return at;
  }

  /** `#line` holds at least one line ending in LF. */
  #takeLine(): void {
    const line = this.#line;
    if (!line.endsWith('\r\n')) throw syntax('a chunk line ends in a bare LF');
    if (this.#state === 'data-end') {
      if (line !== '\r\n') throw syntax('chunk data is longer than its size');
      this.#state = 'size';
      this.#line = '';
    } else if (this.#state === 'size') {
      const size = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n$/.exec(line);
      if (!size) throw syntax(`chunk size line ${JSON.stringify(line.slice(0, 40))}`);
      this.#left = Number.parseInt(size[1]!, 16);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
      this.#line = '';
    } else if (line === '\r\n') {
      this.#finish([]);
    } else if (line.endsWith('\r\n\r\n')) {
      this.#finish(parseFields(line.slice(0, -4), 0));
    }
  }
}

/** What is known of a body's length before it is read. */
export function bodyLengthOf(framing: Framing): BodyLength {
  if (framing.kind === 'none') return EMPTY_BODY;
  return framing.kind === 'length' ? { kind: 'length', length: framing.length } : UNKNOWN_LENGTH;
}

/** One chunk of the chunked coding. */
export function frameChunk(data: Buffer): Buffer {
  const size = data.length.toString(16);
  const framed = Buffer.allocUnsafe(size.length + data.length + 4);
  let at = framed.write(`${size}\r\n`, 0, 'latin1');
  at += data.copy(framed, at);
  framed.write('\r\n', at, 'latin1');
  return framed;
}
