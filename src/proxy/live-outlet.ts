// What a worker stores, handed to the main process as well while somebody watches: in batches, of bounded size, and never more than
// one batch on its way. Nobody watches most of the time, and then an event costs one comparison.

import type { HttpFlowEvent } from '../engine/event.ts';

export interface LiveOutlet {
  watch(on: boolean): void;
  /** The event must not be changed afterwards. */
  offer(event: { kind: string }): void;
}

export interface LiveOutletOptions {
  /** Calls `sent` when the batch has left. */
  send(events: readonly HttpFlowEvent[], dropped: number, sent: () => void): void;
  /** Milliseconds between batches. */
  everyMs?: number;
  /** Events in a batch; more are left out and counted. */
  most?: number;
}

export function createLiveOutlet({ send, everyMs = 100, most = 1_000 }: LiveOutletOptions): LiveOutlet {
  let watching = false;
  let events: HttpFlowEvent[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let onItsWay = false;

  function schedule(): void {
    if (timer === undefined) timer = setTimeout(flush, everyMs).unref();
  }

  function flush(): void {
    timer = undefined;
    if (onItsWay || events.length + dropped === 0) return;
    const batch = events;
    const left = dropped;
    events = [];
    dropped = 0;
    onItsWay = true;
    send(batch, left, () => {
      onItsWay = false;
      if (events.length + dropped > 0) schedule();
    });
  }

  return {
    watch(on) {
      watching = on;
      if (on) return;
      events = [];
      dropped = 0;
    },
    offer(event) {
      if (!watching || event.kind !== 'http_flow') return;
      if (events.length >= most) dropped += 1;
      else events.push(event as HttpFlowEvent);
      if (!onItsWay) schedule();
    },
  };
}
