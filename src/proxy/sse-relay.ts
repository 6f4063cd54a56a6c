// Lets an event stream pass event by event, changed or not: for streams whose messages have to be read before they pass (DLP,
// hidden tools). Only the event under way is held; each leaves as soon as it and those before it have been read. A compressed
// stream is decoded, and leaves decoded.
//
// An event that is longer than the limit is read as far as it has come, and passes or not as a whole. A stream that cannot be
// decoded is cut: its head has promised something else.

import { BodyTap } from './body-tap.ts';
import { InOrder } from './in-order.ts';
import type { Passage } from './message-reading.ts';
import { SseEvents, withData } from './sse-events.ts';

/** Bytes that may wait to be read before the server has to. */
const WAITING = 256 * 1024;
const NOTHING = Buffer.alloc(0);
const EVENT_END = Buffer.from('\n\n');

export interface SseRelayOptions {
  /** Value of Content-Encoding. */
  coding: string;
  /** Bytes of one event that are held. */
  limit: number;
  /** Judges and reads an event; `done` is called in this turn for small ones. */
  read(event: { event: string; data: string; index: number; complete: boolean }, done: (passage: Passage) => void): void;
  forward(chunk: Buffer): void;
  /** Something was forwarded outside `data` and `end`. */
  flush(): void;
  /** The sender should stop, or may go on. */
  pace(stop: boolean): void;
  /** Nothing more may pass. */
  cut(): void;
}

/** The bytes of a rest keep their places in the order until it is known whether they pass. */
interface Rest {
  passes: boolean | undefined;
  waiting: ((passes: boolean) => void)[];
}

export class SseRelay {
  #options: SseRelayOptions;
  #tap: BodyTap;
  #events: SseEvents;
  #order: InOrder;
  #index = 0;
  #inTurn = false;
  #closed = false;
  #ended = false;
  #finish: (() => void) | undefined;
  /** What happens to the rest of the event under way, which is too long. */
  #rest: Rest = { passes: false, waiting: [] };

  constructor(options: SseRelayOptions) {
    this.#options = options;
    this.#order = new InOrder((bytes) => options.forward(bytes));
    this.#events = new SseEvents(options.limit, {
      event: (block) => this.#take(block),
      other: (raw) => this.#order.add(raw),
      rest: (raw) => this.#takeRest(raw),
    });
    this.#tap = new BodyTap(
      options.coding,
      0,
      () => this.#onDecoded(),
      (chunk) => this.#events.push(chunk),
    );
  }

  data(chunk: Buffer): void {
    if (this.#closed) return;
    this.#inTurn = true;
    this.#tap.push(chunk);
    this.#inTurn = false;
    this.#checkTap();
    this.#keepPace();
  }

  /** The stream has ended. @param finish called when the last event has passed */
  end(finish: () => void): void {
    if (this.#closed) return;
    this.#ended = true;
    this.#finish = finish;
    this.#tap.end();
    this.#checkTap();
  }

  close(): void {
    this.#closed = true;
    this.#order.close();
    this.#tap.close();
  }

  #take({ raw, event, data, complete }: { raw: Buffer; event: string; data: string; complete: boolean }): void {
    const fill = this.#order.reserve(raw.length);
    const rest: Rest = { passes: undefined, waiting: [] };
    if (!complete) this.#rest = rest;
    this.#options.read({ event, data, complete, index: this.#index++ }, (passage) => {
      if (this.#closed) return;
      if (passage.kind === 'cut') {
        this.close();
        this.#options.cut();
        return;
      }
      rest.passes = passage.kind === 'pass';
      fill(this.#written(raw, passage, complete));
      for (const settle of rest.waiting) settle(rest.passes);
      if (this.#inTurn) return;
      this.#keepPace();
      this.#options.flush();
    });
  }

  #written(raw: Buffer, passage: Passage, complete: boolean): Buffer {
    if (passage.kind === 'pass') return raw;
    const text = passage.kind === 'replace' ? passage.text : passage.kind === 'refuse' ? passage.forward : undefined;
    if (text === undefined) return NOTHING;
    return complete ? withData(raw, text) : Buffer.concat([withData(raw, text), EVENT_END]);
  }

  #takeRest(raw: Buffer): void {
    const { passes, waiting } = this.#rest;
    if (passes) this.#order.add(raw);
    else if (passes === undefined) {
      const fill = this.#order.reserve(raw.length);
      waiting.push((pass) => fill(pass ? raw : NOTHING));
    }
  }

  /** Decoded bytes, or the end, came up in a turn of their own. */
  #onDecoded(): void {
    if (this.#closed) return;
    this.#checkTap();
    this.#keepPace();
    if (!this.#closed) this.#options.flush();
  }

  #checkTap(): void {
    if (this.#closed || !this.#tap.over) return;
    if (this.#tap.problem) {
      this.close();
      this.#options.cut();
      return;
    }
    const finish = this.#finish;
    if (!this.#ended || !finish) return;
    this.#finish = undefined;
    this.#events.end();
    this.#order.whenEmpty(finish);
  }

  #keepPace(): void {
    if (!this.#closed) this.#options.pace(this.#order.waiting > WAITING);
  }
}
