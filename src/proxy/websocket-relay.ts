// One direction of a WebSocket whose messages have to be read before they pass (DLP, hidden tools): messages are held whole, read,
// and passed on as they came or as one frame with another text. Control frames pass in their order; one that comes within a held
// message passes before it, as it may (RFC 6455 5.4).
//
// A message that is longer than the limit is read as far as it has come, and passes or not as a whole. An answer of our own goes
// between messages, never into one.

import { InOrder } from './in-order.ts';
import type { Passage } from './message-reading.ts';
import { FrameReader, messageFrame, type WebSocketMessage } from './websocket-frames.ts';

/** Bytes that may wait to be read before the sender has to. */
const WAITING = 256 * 1024;
const NOTHING = Buffer.alloc(0);

export interface WebSocketRelayOptions {
  from: 'client' | 'server';
  /** Bytes of one message that are held. */
  limit: number;
  /** Judges and reads a message; `done` is called in this turn for small ones. Whoever is told to cut closes the relay. */
  read(message: { text: string; index: number; complete: boolean }, done: (passage: Passage) => void): void;
  forward(bytes: Buffer): void;
  /** An answer to the sender of a message that was refused. */
  answer(text: string): void;
  pace(stop: boolean): void;
}

/** The bytes of a rest keep their places in the order until it is known whether they pass. */
interface Rest {
  passes: boolean | undefined;
  waiting: ((passes: boolean) => void)[];
}

export class WebSocketRelay {
  #options: WebSocketRelayOptions;
  #reader: FrameReader;
  #order: InOrder;
  #message: Buffer[] = [];
  #control: Buffer[] = [];
  /** Set while a message comes in of which the first part was read. */
  #rest: Rest | undefined;
  /** Wait for the end of that message. */
  #answers: Buffer[] = [];
  #index = 0;
  #closed = false;

  constructor(options: WebSocketRelayOptions) {
    this.#options = options;
    this.#order = new InOrder((bytes) => options.forward(bytes));
    const sinks = {
      bytes: (bytes: Buffer, control: boolean) => this.#see(bytes, control),
      ended: (control: boolean) => this.#endFrame(control),
    };
    this.#reader = new FrameReader(options.from, options.limit, (message, binary) => this.#take(message, binary), sinks);
  }

  /** @throws DaylightError ERR_HTTP_SYNTAX on what is not a frame */
  push(chunk: Buffer): void {
    if (this.#closed) return;
    this.#reader.push(chunk);
    this.#keepPace();
  }

  /** Passes a message of our own towards the receiver. */
  inject(text: string): void {
    if (this.#closed) return;
    const frame = messageFrame(text, { binary: false, mask: this.#options.from === 'client' });
    if (this.#rest) this.#answers.push(frame);
    else this.#order.add(frame);
  }

  /** The sender has ended. @param then called when all that came has passed */
  end(then: () => void): void {
    this.#order.whenEmpty(then);
  }

  close(): void {
    this.#closed = true;
    this.#order.close();
  }

  #see(bytes: Buffer, control: boolean): void {
    if (control) this.#control.push(bytes);
    else if (!this.#rest) this.#message.push(bytes);
    else if (this.#rest.passes) this.#order.add(bytes);
    else if (this.#rest.passes === undefined) {
      const fill = this.#order.reserve(bytes.length);
      this.#rest.waiting.push((passes) => fill(passes ? bytes : NOTHING));
    }
  }

  #endFrame(control: boolean): void {
    if (control) {
      this.#order.add(Buffer.concat(this.#control));
      this.#control = [];
      return;
    }
    this.#rest = undefined;
    for (const answer of this.#answers.splice(0)) this.#order.add(answer);
  }

  #take({ text, complete }: WebSocketMessage, binary: boolean): void {
    if (this.#closed) return;
    const raw = Buffer.concat(this.#message);
    this.#message = [];
    const fill = this.#order.reserve(raw.length);
    const rest: Rest = { passes: undefined, waiting: [] };
    if (!complete) this.#rest = rest;
    this.#options.read({ text, complete, index: this.#index++ }, (passage) => {
      if (this.#closed || passage.kind === 'cut') return;
      rest.passes = passage.kind === 'pass';
      const mask = this.#options.from === 'client';
      const changed = passage.kind === 'replace' ? passage.text : passage.kind === 'refuse' ? passage.forward : undefined;
      if (passage.kind === 'pass') fill(raw);
      else fill(changed === undefined ? NOTHING : messageFrame(changed, { binary, mask }));
      for (const settle of rest.waiting) settle(rest.passes);
      if (passage.kind === 'refuse' && passage.back !== undefined) this.#options.answer(passage.back);
      this.#keepPace();
    });
  }

  #keepPace(): void {
    if (!this.#closed) this.#options.pace(this.#order.waiting > WAITING);
  }
}
