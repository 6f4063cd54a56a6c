// Holds a body until it has been judged, or lets it stream. The ladder:
//
//   sniff   until the first decoded byte is known: hold (a few bytes)
//   stream  it cannot open JSON: forward everything, look no further
//   hold    it may open JSON: keep everything until the end, then judge, then forward
//   scan    longer than HOLD: forward, but always keep the newest piece back; judge once now and once at the end
//   closed  the judge said no: drop everything
//
// A JSON document lacks its last bytes until it is judged, so a receiver cannot have acted on it when it is refused.

import type { Body } from '../engine/flow.ts';
import { BodyTap } from './body-tap.ts';

/** Bytes held back at most before a body is scanned while it streams. */
export const HOLD = 256 * 1024;

export interface GateOptions {
  /** Value of Content-Encoding. */
  coding: string;
  /** Decoded bytes that inspection sees at most. */
  prefix: number;
  /** Whether the message may pass. `final`: the body has ended. Not called for bodies that cannot be JSON. */
  judge(body: Body, final: boolean): boolean;
  /** The first decoded byte is known. @returns false to refuse. */
  sniffed?(mayBeJson: boolean): boolean;
  forward(chunk: Buffer): void;
  finish(trailers: readonly string[]): void;
}

export class BodyGate {
  state: 'sniff' | 'stream' | 'hold' | 'scan' | 'closed' = 'sniff';

  #options: GateOptions;
  #tap: BodyTap;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #ended = false;
  #trailers: readonly string[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
    this.#tap = new BodyTap(options.coding, options.prefix, () => {
      this.#advance();
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
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#tap.push(chunk);
    this.#advance();
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
    if (this.state === 'sniff') {
      const opens = this.#tap.opensJson;
      if (opens === undefined && !(this.#ended && this.#tap.over)) {
        if (this.#heldBytes <= HOLD) return;
      }
      if (this.#options.sniffed && !this.#options.sniffed(opens === true)) {
        this.close();
        return;
      }
      if (opens !== true) {
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
      this.state = 'scan';
    }
    if (this.state === 'scan') {
      if (this.#ended && this.#tap.over) {
        this.#conclude();
        return;
      }
      while (this.#held.length > 1) this.#options.forward(this.#held.shift()!);
      this.#heldBytes = this.#held[0]?.length ?? 0;
    }
  }

  #conclude(): void {
    if (this.#options.judge(this.#tap.body(), true)) this.#openGate();
    else this.close();
  }

  #openGate(): void {
    this.state = 'stream';
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#options.forward(chunk);
    if (this.#ended) this.#options.finish(this.#trailers);
  }
}
