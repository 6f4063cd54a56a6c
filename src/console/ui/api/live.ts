// The live feed: events as they are recorded, over a WebSocket. It comes back by itself after a break, waiting longer each time; events that
// this page was too slow for are counted, not hidden. While paused nothing is sent.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { FlowEvent, LiveCommand, LiveMessage } from '../../api/shapes.ts';
import { joinNewest } from './live-events.ts';
import { SESSION_KEY } from './session.ts';

export interface LiveFeed {
  /** Newest first. */
  events: readonly FlowEvent[];
  state: 'connecting' | 'live' | 'waiting';
  /** Events left out because the page was too slow. */
  dropped: number;
  /** What the API refused, e.g. the filter. */
  refused: string;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** Why the API closes a feed. */
const SIGNED_OUT = 4401;
const TRY_LATER = 1013;
const NOTHING: LiveFeed = { events: [], state: 'connecting', dropped: 0, refused: '' };

/** @param options.on false closes the feed and keeps what it brought */
export function useLiveFeed({ filter, on, paused }: { filter: string; on: boolean; paused: boolean }): LiveFeed {
  const client = useQueryClient();
  const [feed, setFeed] = useState(NOTHING);
  const socket = useRef<WebSocket>(undefined);
  const tell = (command: LiveCommand) => {
    if (socket.current?.readyState === WebSocket.OPEN) socket.current.send(JSON.stringify(command));
  };

  useEffect(() => {
    if (!on) return;
    setFeed(NOTHING);
    let wait = FIRST_WAIT;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    let arrived: FlowEvent[] = [];
    let dropped = 0;
    let ended = false;

    // Many messages may come between two pictures; the page is drawn once for all of them.
    function show(): void {
      frame = 0;
      const [items, lost] = [arrived, dropped];
      arrived = [];
      dropped = 0;
      setFeed((known) => ({ ...known, events: joinNewest(known.events, items), dropped: known.dropped + lost }));
    }

    function connect(): void {
      const place = new URL(`/api/live?${new URLSearchParams({ filter })}`, location.href);
      place.protocol = place.protocol === 'https:' ? 'wss:' : 'ws:';
      const own = new WebSocket(place);
      socket.current = own;
      own.onopen = () => {
        wait = FIRST_WAIT;
        setFeed((known) => ({ ...known, state: 'live', refused: '' }));
      };
      own.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as LiveMessage;
        if (message.type === 'error') setFeed((known) => ({ ...known, refused: message.error.message }));
        if (message.type !== 'events') return;
        arrived.push(...message.items);
        dropped += message.dropped;
        // A hidden page draws no pictures: what it does not show must not pile up.
        if (arrived.length > 2_000) arrived = joinNewest([], arrived).toReversed();
        frame ||= requestAnimationFrame(show);
      };
      own.onclose = ({ code, reason }) => {
        if (ended) return;
        if (code === SIGNED_OUT) void client.invalidateQueries({ queryKey: SESSION_KEY });
        if (code === TRY_LATER) setFeed((known) => ({ ...known, refused: reason }));
        setFeed((known) => ({ ...known, state: 'waiting' }));
        timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
        wait = Math.min(LONGEST_WAIT, wait * 2);
      };
    }

    connect();
    return () => {
      ended = true;
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      socket.current?.close();
      socket.current = undefined;
    };
  }, [filter, on, client]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a feed that comes back has to be told again
  useEffect(() => tell({ type: paused ? 'pause' : 'resume' }), [paused, feed.state]);

  return feed;
}
