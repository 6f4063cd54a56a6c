// Holds a body until it has been judged, or lets it stream. The ladder:
//
//   sniff   until the first decoded byte is known: hold (a few bytes)
//   stream  it cannot open JSON: forward everything, look no further
//   hold    it may open JSON: keep everything until the end, then judge, then forward
//   scan    longer than HOLD: forward what has been read, but always keep the newest piece back; judge now, when the document is
//           over, and at the end
//   whole   instead of `scan`, where content has to be read before it passes (DLP): keep everything, up to a limit
//   reading judged, and now being read; `read` says what goes out. After a part that reached the limit comes `scan`
//   closed  the judge said no: drop everything
//
// A JSON document lacks its last bytes until it is judged, so a receiver cannot have acted on it when it is refused.

import type { Body } from '../engine/flow.ts';
import { BodyTap } from './body-tap.ts';
import { collectPiece } from './collect-piece.ts';

/** Bytes held back at most before a body is scanned while it streams. */
export const HOLD = 256 * 1024;

export interface GateOptions {
  /** Value of Content-Encoding. */
  coding: string;
  /** Decoded bytes that inspection sees at most. */
  prefix: number;
  /** Whether the message may pass. `final`: the body has ended or cannot be read. Not called for bodies that cannot be JSON. */
  judge(body: Body, final: boolean): boolean;
  /** The first decoded byte is known. @returns false to refuse. */
  sniffed?(mayBeJson: boolean): boolean;
  /** Whether the body has to be read whole; asked when `judge` has let an unfinished body pass. */
  covered?(): boolean;
  /** Decoded bytes held for that at most. */
  limit?: number;
  /**
   * Reads a body that may pass: all of it, what there is up to the limit, or what cannot be decoded. `send` lets the body out as
   * it came, or a whole one with other content. Without `send` nothing goes out; close the gate then.
   */
  read?(body: Body, send: (content?: Buffer) => void): void;
  forward(chunk: Buffer): void;
  /** The sender should stop (reading is behind by more than HOLD), or may go on. */
  pace?(stop: boolean): void;
  finish(trailers: readonly string[]): void;
}

export class BodyGate {
  state: 'sniff' | 'stream' | 'hold' | 'scan' | 'whole' | 'reading' | 'closed' = 'sniff';

  #options: GateOptions;
  #tap: BodyTap;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes of the wire given to `forward`. */
  #forwarded = 0;
  #behind = false;
  #documentJudged = false;
  #wasRead = false;
  #ended = false;
  #trailers: readonly string[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
    // The scanner takes over at HOLD and needs all that came before.
    this.#tap = new BodyTap(options.coding, Math.max(options.prefix, 2 * HOLD), () => {
      this.#advance();
      this.#keepPace();
      if (this.state !== 'closed') this.onLate();
    });
  }

  /** Called when something was forwarded outside `data` and `end`. */
  onLate: () => void = () => {};

  get started(): boolean {
    return this.#heldBytes > 0 || this.state !== 'sniff';
  }

  data(chunk: Buffer): void {
    if (this.state === 'stream') {
      this.#options.forward(chunk);
      return;
    }
    if (this.state === 'closed' || chunk.length === 0) return;
    if (this.state === 'scan') this.#held.push(chunk);
    else collectPiece(this.#held, chunk);
    this.#heldBytes += chunk.length;
    this.#tap.push(chunk);
    this.#advance();
    this.#keepPace();
  }

  end(trailers: readonly string[]): void {
    this.#ended = true;
    this.#trailers = trailers;
    if (this.state === 'stream') {
      this.#options.finish(trailers);
      return;
    }
    this.#tap.end();
    this.#advance();
  }

  close(): void {
    this.state = 'closed';
    this.#held = [];
    this.#tap.close();
  }

  #advance(): void {
    if (this.state === 'reading') return;
    if (this.state === 'sniff') {
      const over = this.#ended && this.#tap.over;
      const opens = this.#tap.opensJson ?? (over ? false : undefined);
      // A compressed body that unfolds to nothing for that long is followed as if it were JSON.
      if (opens === undefined && this.#tap.read <= HOLD) return;
      if (this.#tap.problem && opens === false) {
        this.#conclude();
        return;
      }
      if (!(this.#options.sniffed?.(opens !== false) ?? true)) {
        this.close();
        return;
      }
      if (opens === false) {
        this.#tap.close();
        this.#openGate();
        return;
      }
      this.state = 'hold';
    }
    if (this.state === 'hold') {
      if (this.#ended && this.#tap.over) {
        this.#conclude();
        return;
      }
      if (this.#heldBytes <= HOLD && this.#tap.bytes <= HOLD) return;
      this.#tap.scan();
      if (!this.#options.judge(this.#tap.body(), false)) {
        this.close();
        return;
      }
      this.state = this.#options.covered?.() ? 'whole' : 'scan';
      if (this.state === 'whole') this.#tap.keep(this.#options.limit ?? HOLD);
    }
    if (this.state === 'whole') {
      const limit = this.#options.limit ?? HOLD;
      if (this.#ended && this.#tap.over) this.#conclude();
      else if (this.#heldBytes > limit || this.#tap.bytes > limit) this.#read(this.#tap.body(), 'scan');
      return;
    }
    if (this.state === 'scan') {
      if (this.#ended && this.#tap.over) {
        this.#conclude();
        return;
      }
      if (this.#tap.documentOver && !this.#documentJudged) {
        // White space may follow, and the receiver could act on the document before that ends.
        this.#documentJudged = true;
        if (!this.#options.judge(this.#tap.body(), false)) {
          this.close();
          return;
        }
      }
      while (this.#held.length > 1 && this.#forwarded + this.#held[0]!.length <= this.#tap.read) {
        const piece = this.#held.shift()!;
        this.#forwarded += piece.length;
        this.#heldBytes -= piece.length;
        this.#options.forward(piece);
      }
    }
  }

  #keepPace(): void {
    const open = this.state === 'stream' || this.state === 'closed';
    const behind = this.state === 'reading' || (!open && this.#forwarded + this.#heldBytes - this.#tap.read > HOLD);
    if (behind || this.#behind) this.#options.pace?.(behind);
    this.#behind = behind;
  }

  #conclude(): void {
    const body = this.#tap.body();
    if (!this.#options.judge(body, true)) this.close();
    // Some of it has left: it can still be stopped, but not written anew.
    else this.#read(this.#forwarded > 0 ? { ...body, complete: false } : body, 'stream');
  }

  #read(body: Body, next: 'stream' | 'scan'): void {
    const { read } = this.#options;
    if (!read || this.#wasRead) {
      this.#openGate();
      return;
    }
    this.#wasRead = true;
    this.state = 'reading';
    let inTurn = true;
    read(body, (content) => {
      if (this.state !== 'reading') return;
      if (next === 'stream') this.#openGate(content);
      else {
        this.state = 'scan';
        this.#advance();
      }
      if (inTurn) return;
      this.#keepPace();
      this.onLate();
    });
    inTurn = false;
  }

  #openGate(content?: Buffer): void {
    this.state = 'stream';
    const held = content ? [content] : this.#held;
    this.#held = [];
    for (const chunk of held) this.#options.forward(chunk);
    if (this.#ended) this.#options.finish(this.#trailers);
  }
}
