// Tries a sink out: one marked event, past the queue, by a connection of its own.

import type { SinkConfig } from '../config/sinks.ts';
import { createFormat } from './formats/format.ts';
import type { FormatOrigin } from './formats/origin.ts';
import type { Destination, Outgoing } from './sink.ts';
import { createTestEvents, type TestOrigin } from './test-event.ts';

export interface TestAnswer {
  accepted: boolean;
  /** What the receiver answered, or why it was not reached. */
  message: string;
  /** Milliseconds until it did. */
  ms: number;
  eventId: string;
}

export interface TestOptions {
  origin: FormatOrigin;
  destination: (config: SinkConfig) => Promise<Destination>;
  event: TestOrigin;
}

/** Milliseconds that a test may take, whatever the sink's own limits. */
const TEST_MS = 60_000;

/** Never rejects: that it failed is an answer, too. */
export async function testSink(config: SinkConfig, { origin, destination, event }: TestOptions): Promise<TestAnswer> {
  const start = performance.now();
  const answer = (accepted: boolean, message: string): TestAnswer => ({
    ...{ accepted, message, eventId: event.eventId },
    ms: Math.round(performance.now() - start),
  });
  let opened: Destination | undefined;
  try {
    const outgoing = testOf(config, origin, event);
    if (!outgoing) return answer(false, `format ${config.format} has nothing to say of a test event`);
    opened = await destination(config);
    const [rejected] = await opened.send([outgoing], AbortSignal.timeout(TEST_MS));
    if (rejected) return answer(false, `the receiver refused the event: ${rejected.reason}`);
    return answer(true, 'the receiver took the event');
  } catch (error) {
    return answer(false, (error as Error).message);
  } finally {
    await opened?.close().catch(() => {});
  }
}

/** The first of the test events that the sink's format has something for. */
function testOf({ name, format }: SinkConfig, origin: FormatOrigin, about: TestOrigin): Outgoing | undefined {
  const bring = createFormat(format, origin);
  for (const event of createTestEvents(name, about)) {
    const text = bring(event);
    if (text !== undefined) return { event, text };
  }
  return undefined;
}
