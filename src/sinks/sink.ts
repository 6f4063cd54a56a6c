// What a sink is made of: a format, which turns an event into text, and a destination, which takes texts away.

import type { Event } from '../engine/event.ts';

/** One event on its way out. */
export interface Outgoing {
  event: Event;
  /** The event in the sink's format: one line without its newline, or a JSON document. */
  text: string;
}

/** What a destination would not have, ever: kept as dead letters. */
export interface Rejected {
  /** Position in the batch. */
  index: number;
  reason: string;
}

/** A place outside that takes events. It remembers nothing: what is not acknowledged is sent again. */
export interface Destination {
  /**
   * Resolves once the receiver has acknowledged the whole batch, with what it refused for good.
   *
   * @throws SinkError if the batch, or part of it, has to be sent again
   */
  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Rejected[]>;
  close(): Promise<void>;
}

/** A batch was not taken; it is sent again. Texts name the receiver and the fix, never a secret. */
export class SinkError extends Error {
  override name = 'SinkError';
  /** Milliseconds that the receiver asks to be left alone (Retry-After). */
  retryAfterMs: number | undefined;
  /** Events from the start of the batch that are done with, and not sent again. */
  taken: number;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number; taken?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.taken = options.taken ?? 0;
  }
}
