// Lets an event stream pass while it is judged event by event. Uncompressed events are judged before they are forwarded, in
// the same turn in which they arrive; of a compressed stream the wire bytes go first and the judgement follows.

import { createSseParser } from '../engine/signals/sse.ts';
import { BodyTap } from './body-tap.ts';
import { headerValue } from './http1-head.ts';
import { MESSAGES_JUDGED } from './message-reading.ts';

export interface SseGateOptions {
  coding: string;
  /** @returns false to cut the stream before this event. */
  judge(event: { event: string; data: string; index: number }): boolean;
  /** Whether events are still looked at after those that policy judges. */
  follows?(): boolean;
  forward(chunk: Buffer): void;
  /** The stream was cut. */
  cut(): void;
}

export class SseGate {
  #options: SseGateOptions;
  #tap: BodyTap;
  #parser = createSseParser();
  #text = new TextDecoder();
  #events = 0;
  #state: 'judging' | 'passing' | 'cut' = 'judging';

  constructor(options: SseGateOptions) {
    this.#options = options;
    this.#tap = new BodyTap(
      options.coding,
      0,
      () => {},
      (chunk) => this.#see(chunk),
    );
  }

  data(chunk: Buffer): void {
    if (this.#state === 'judging') this.#tap.push(chunk);
    if (this.#state !== 'cut') this.#options.forward(chunk);
  }

  /** Ends the judgement. */
  close(): void {
    if (this.#state === 'judging') this.#state = 'passing';
    this.#tap.close();
  }

  #see(chunk: Buffer): void {
    if (this.#state !== 'judging') return;
    for (const { event, data } of this.#parser.push(this.#text.decode(chunk, { stream: true }))) {
      if (!this.#options.judge({ event, data, index: this.#events++ })) {
        this.#state = 'cut';
        this.#tap.close();
        this.#options.cut();
        return;
      }
      if (this.#events >= MESSAGES_JUDGED && !this.#options.follows?.()) {
        this.close();
        return;
      }
    }
  }
}

/** Whether a response is an event stream. */
export function isEventStream(headers: readonly string[]): boolean {
  return /^text\/event-stream/i.test(headerValue(headers, 'content-type'));
}
