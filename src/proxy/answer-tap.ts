// Keeps the beginning and the end of an answer as it passes, decoded: beside the way to the client, after each piece has gone on.
//
// Memory is bounded by the two limits, whatever the answer is. A compressed answer is decoded a little later; one that unfolds too
// far, or faster than it can be decoded, is given up.

import { BodyTap } from './body-tap.ts';
import { collectPiece } from './collect-piece.ts';

/** Decoded bytes after which a compressed answer is given up, and bytes of it that may wait to be decoded. */
const DECODED_LIMIT = 32 * 1024 * 1024;
const WAITING_LIMIT = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export interface AnswerTapOptions {
  /** Value of Content-Encoding. */
  coding: string;
  /** Bytes kept of the beginning. */
  head: number;
  /** Bytes kept of what follows, at its end; 0 for none. */
  tail: number;
}

export class AnswerTap {
  #options: AnswerTapOptions;
  #decoder: BodyTap | undefined;
  #head: Buffer[] = [];
  #headBytes = 0;
  /** Twice as long as the tail: it is moved to the front when it is full. */
  #tail = NOTHING;
  #tailBytes = 0;
  #bytes = 0;
  #pushed = 0;
  #done: (() => void) | undefined;

  constructor(options: AnswerTapOptions) {
    this.#options = options;
    if (isPlain(options.coding)) return;
    this.#decoder = new BodyTap(
      options.coding,
      0,
      () => this.#onDecoded(),
      (chunk) => this.#keep(chunk),
    );
  }

  push(chunk: Buffer): void {
    if (!this.#decoder) {
      this.#keep(chunk);
      return;
    }
    this.#pushed += chunk.length;
    this.#decoder.push(chunk);
    if (this.#bytes > DECODED_LIMIT || this.#pushed - this.#decoder.read > WAITING_LIMIT) this.#decoder.close();
  }

  /** The answer has ended, or was broken off. @param done called when all of it has been seen */
  end(done: () => void): void {
    this.#decoder?.end();
    if (!this.#decoder || this.#decoder.over) done();
    else this.#done = done;
  }

  /** Nothing is missing between beginning and end. */
  get whole(): boolean {
    return this.#bytes === this.#headBytes + this.#tailBytes;
  }

  head(): Buffer {
    return this.#head.length === 1 ? this.#head[0]! : Buffer.concat(this.#head);
  }

  tail(): Buffer {
    return this.#tail.subarray(Math.max(0, this.#tailBytes - this.#options.tail), this.#tailBytes);
  }

  #onDecoded(): void {
    if (!this.#decoder?.over) return;
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const room = this.#options.head - this.#headBytes;
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      collectPiece(this.#head, part);
      this.#headBytes += part.length;
    }
    if (chunk.length > room && this.#options.tail > 0) this.#keepTail(room > 0 ? chunk.subarray(room) : chunk);
  }

  #keepTail(chunk: Buffer): void {
    const { tail } = this.#options;
    if (this.#tail.length === 0) this.#tail = Buffer.allocUnsafeSlow(2 * tail);
    const part = chunk.length > tail ? chunk.subarray(chunk.length - tail) : chunk;
    if (this.#tailBytes + part.length > this.#tail.length) {
      const kept = tail - part.length;
      this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes);
      this.#tailBytes = kept;
    }
    this.#tailBytes += part.copy(this.#tail, this.#tailBytes);
  }
}

/** Whether the bytes of an answer are its content. */
export function isPlain(coding: string): boolean {
  return /^\s*(identity)?\s*$/i.test(coding);
}
