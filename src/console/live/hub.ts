// The live feed: events as they happen, to everybody who watches.
//
// While somebody watches, the workers hand over what they store (`watch`); each feed gets the events that fit its filter, and each
// event is written as JSON once, however many feeds it goes to. A client that reads more slowly than events come has them wait in a
// queue; when that is full, the oldest go first, and the client is told how many.

import type { HttpFlowEvent } from '../../engine/event.ts';
import type { EventTest } from '../../engine/filter/compile.ts';

/** The way to one client. */
export interface FeedSocket {
  send(text: string): void;
  /** Bytes that were sent and have not left yet. */
  buffered(): number;
  close(code: number, reason: string): void;
  /** Whether whoever opened the feed may still see it. */
  allowed(): boolean;
}

export interface Feed {
  filter(test: EventTest): void;
  pause(): void;
  resume(): void;
  end(): void;
}

export interface LiveHub {
  /** Events that a worker stored, and how many it had to leave out. */
  receive(events: readonly HttpFlowEvent[], dropped: number): void;
  /** @returns undefined when there are too many feeds already */
  open(socket: FeedSocket, test: EventTest): Feed | undefined;
  /** Open feeds. */
  size(): number;
  close(): void;
}

export interface LiveHubOptions {
  /** The first feed was opened, or the last one ended. */
  watch(on: boolean): void;
  /** Feeds at a time. */
  most?: number;
  /** Events that wait for one client. */
  queue?: number;
  /** Milliseconds between tries to send what waits. */
  retryMs?: number;
  /** Milliseconds between looks at whether clients may still watch. */
  checkMs?: number;
}

interface OpenFeed {
  socket: FeedSocket;
  test: EventTest;
  paused: boolean;
  waiting: string[];
  dropped: number;
}

const MOST_BUFFERED = 1024 * 1024;
const MOST_IN_MESSAGE = 200;
const SESSION_ENDED = 4401;
const GOING_AWAY = 1001;

export function createLiveHub(options: LiveHubOptions): LiveHub {
  const { watch, most = 200, queue = 2_000, retryMs = 250, checkMs = 5_000 } = options;
  const feeds = new Set<OpenFeed>();
  let retry: NodeJS.Timeout | undefined;
  let check: NodeJS.Timeout | undefined;

  function put(feed: OpenFeed, line: string): void {
    if (feed.waiting.length >= queue) {
      feed.waiting.shift();
      feed.dropped += 1;
    }
    feed.waiting.push(line);
  }

  function flush(feed: OpenFeed): void {
    while ((feed.waiting.length > 0 || feed.dropped > 0) && feed.socket.buffered() < MOST_BUFFERED) {
      const items = feed.waiting.splice(0, MOST_IN_MESSAGE).join(',');
      const { dropped } = feed;
      feed.dropped = 0;
      feed.socket.send(`{"type":"events","items":[${items}],"dropped":${dropped}}`);
    }
    if (feed.waiting.length > 0) retry ??= setTimeout(flushAll, retryMs).unref();
  }

  function flushAll(): void {
    retry = undefined;
    for (const feed of feeds) flush(feed);
  }

  function checkAll(): void {
    for (const feed of [...feeds]) if (!feed.socket.allowed()) feed.socket.close(SESSION_ENDED, 'signed out');
  }

  function end(feed: OpenFeed): void {
    if (!feeds.delete(feed) || feeds.size > 0) return;
    clearInterval(check);
    check = undefined;
    watch(false);
  }

  return {
    receive(events, dropped) {
      const lines = new Map<HttpFlowEvent, string>();
      const lineOf = (event: HttpFlowEvent): string => {
        const line = lines.get(event) ?? JSON.stringify({ ...event, excerpt: '' });
        lines.set(event, line);
        return line;
      };
      for (const feed of feeds) {
        if (feed.paused) continue;
        feed.dropped += dropped;
        for (const event of events) if (feed.test(event)) put(feed, lineOf(event));
        flush(feed);
      }
    },
    open(socket, test) {
      if (feeds.size >= most) return undefined;
      const feed: OpenFeed = { socket, test, paused: false, waiting: [], dropped: 0 };
      feeds.add(feed);
      if (feeds.size === 1) {
        check = setInterval(checkAll, checkMs).unref();
        watch(true);
      }
      return {
        filter(next) {
          feed.test = next;
          feed.waiting = [];
        },
        pause() {
          feed.paused = true;
        },
        resume() {
          feed.paused = false;
        },
        end: () => end(feed),
      };
    },
    size: () => feeds.size,
    close() {
      clearTimeout(retry);
      for (const feed of [...feeds]) {
        feed.socket.close(GOING_AWAY, 'Daylight stops');
        end(feed);
      }
    },
  };
}
