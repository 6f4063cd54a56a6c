// Where the answers of the old transport are waited for: a client asks by POST to an endpoint, and is answered on the event stream that
// named the endpoint. Known are the streams of this process; a call whose stream another one has is not waited for.

import type { Answer } from '../engine/calls/read-calls.ts';

/** Calls of one stream that are waited for; beyond that the oldest is given up. */
const MAX_WAITING = 1_000;

export interface Answered extends Answer {
  /** Epoch milliseconds. */
  time: number;
  bytes: number | undefined;
}

/** A call that was sent. The answer may be here before its POST has ended. */
export interface Waiting {
  answered?: Answered;
  /** The stream has ended, or does not wait any longer. */
  over?: boolean;
  /** Set once the POST has ended. @param answered undefined: no answer came */
  settle?(answered: Answered | undefined): void;
}

export interface AnswerStream {
  expect(key: string): Waiting;
  forget(key: string): void;
  /** An answer passes. */
  answer(answered: Answered): void;
  /** Something is waited for. */
  readonly waits: boolean;
  close(): void;
}

export interface AnswerStreams {
  /** @param endpoint absolute URL that a stream has named */
  open(endpoint: string): AnswerStream;
  /** The stream on which requests to a URL are answered. */
  find(url: string): AnswerStream | undefined;
}

export function createAnswerStreams(): AnswerStreams {
  const streams = new Map<string, AnswerStream>();
  return {
    open(endpoint) {
      const key = addressOf(endpoint);
      const stream = createStream(() => {
        if (streams.get(key) === stream) streams.delete(key);
      });
      streams.set(key, stream);
      return stream;
    },
    find: (url) => (streams.size === 0 ? undefined : streams.get(addressOf(url))),
  };
}

function createStream(onClose: () => void): AnswerStream {
  const waiting = new Map<string, Waiting>();

  function giveUp(key: string, entry: Waiting): void {
    waiting.delete(key);
    entry.over = true;
    entry.settle?.(undefined);
  }

  return {
    expect(key) {
      const [oldest] = waiting;
      if (oldest && waiting.size >= MAX_WAITING) giveUp(...oldest);
      const entry: Waiting = {};
      waiting.set(key, entry);
      return entry;
    },
    forget: (key) => void waiting.delete(key),
    answer(answered) {
      const entry = waiting.get(answered.key);
      if (!entry) return;
      waiting.delete(answered.key);
      entry.answered = answered;
      entry.settle?.(answered);
    },
    get waits() {
      return waiting.size > 0;
    },
    close() {
      for (const [key, entry] of [...waiting]) giveUp(key, entry);
      onClose();
    },
  };
}

/** The same for all ways to write an address. */
function addressOf(url: string): string {
  return URL.parse(url)?.href ?? url;
}
