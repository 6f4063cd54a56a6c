// Sinks: where events go besides ClickHouse, and how each does.

import { z } from 'zod';
import { count, time } from './paging.ts';

const text = z.string();

export const sink = z.object({
  name: text,
  type: text,
  format: text,
  /** Where to, without secrets. */
  target: text,
  filter: text,
  events: z.array(text),
  pendingEvents: count,
  pendingBytes: count,
  /** Milliseconds since the oldest event that waits happened. */
  lagMs: count,
  /** Events since the start of the appliance. */
  delivered: count,
  rejected: count,
  skipped: count,
  retries: count,
  perSecond: count,
  /** Why the last attempt failed; empty if it did not. */
  error: text,
  lastError: text,
  /** 0: never. */
  lastErrorAt: time,
  lastSuccessAt: time,
});

export const sinkTest = z.object({
  accepted: z.boolean(),
  /** What the receiver answered. */
  message: text,
  ms: count,
  /** Of the event that was sent. */
  eventId: text,
});

export const sinkResend = z.object({
  /** How many dead letters are sent again; 0: there are none. */
  events: count,
});

export type Sink = z.infer<typeof sink>;
export type SinkTest = z.infer<typeof sinkTest>;
export type SinkResend = z.infer<typeof sinkResend>;
