import { afterEach, expect, it, vi } from 'vitest';
import { createLiveHub, type FeedSocket, type LiveHub } from '../../../src/console/live/hub.ts';
import type { HttpFlowEvent } from '../../../src/engine/event.ts';
import { compileFilter } from '../../../src/engine/filter/compile.ts';
import { parseFilter } from '../../../src/engine/filter/parse.ts';
import { flowEvent } from '../../store/sample-event.ts';

const filter = (text: string) => compileFilter(parseFilter(text, { now: Date.now() }));

interface Client extends FeedSocket {
  messages: { items: HttpFlowEvent[]; dropped: number }[];
  backlog: number;
  mayWatch: boolean;
  closed: number | undefined;
}

function client(): Client {
  const made: Client = {
    ...{ messages: [], backlog: 0, mayWatch: true, closed: undefined },
    send: (text) => void made.messages.push(JSON.parse(text)),
    buffered: () => made.backlog,
    allowed: () => made.mayWatch,
    close(code) {
      made.closed = code;
    },
  };
  return made;
}

const watching: boolean[] = [];
let hub: LiveHub;
function open(options: Partial<Parameters<typeof createLiveHub>[0]> = {}): void {
  watching.length = 0;
  hub = createLiveHub({ watch: (on) => void watching.push(on), retryMs: 5, checkMs: 5, ...options });
}
afterEach(() => hub.close());

const itemsOf = ({ messages }: Client) => messages.flatMap(({ items }) => items.map(({ event_id }) => event_id));
const droppedBy = ({ messages }: Client) => messages.reduce((sum, { dropped }) => sum + dropped, 0);

it('gives each feed the events that fit it, without stored content, and asks for them only while somebody watches', () => {
  open();
  const [shadow, everything] = [client(), client()];
  const first = hub.open(shadow, filter('traffic:shadow'))!;
  const second = hub.open(everything, filter(''))!;
  const events = [flowEvent({ traffic: 'shadow', excerpt: 'secret' }), flowEvent({ traffic: 'approved' })];
  hub.receive(events, 0);
  expect(itemsOf(shadow)).toEqual([events[0]?.event_id]);
  expect(itemsOf(everything)).toEqual(events.map(({ event_id }) => event_id));
  expect(JSON.stringify([shadow.messages, everything.messages])).not.toContain('secret');
  first.end();
  expect(watching).toEqual([true]);
  second.end();
  second.end();
  expect(watching).toEqual([true, false]);
});

it('follows a new filter, and is silent while paused', () => {
  open();
  const one = client();
  const feed = hub.open(one, filter('traffic:shadow'))!;
  feed.filter(filter('tool:delete'));
  hub.receive([flowEvent({ mcp_tool: 'read' }), flowEvent({ mcp_tool: 'delete' })], 0);
  feed.pause();
  hub.receive([flowEvent({ mcp_tool: 'delete' })], 0);
  feed.resume();
  hub.receive([flowEvent({ mcp_tool: 'delete' })], 0);
  expect(itemsOf(one)).toHaveLength(2);
});

it('keeps a bounded queue for a slow client, tells how many were left out, and holds up nobody else', async () => {
  open({ queue: 10 });
  const [slow, fast] = [client(), client()];
  hub.open(slow, filter(''));
  hub.open(fast, filter(''));
  slow.backlog = 8 * 1024 * 1024;
  const events = Array.from({ length: 25 }, () => flowEvent());
  for (const event of events) hub.receive([event], 0);
  expect(slow.messages).toEqual([]);
  expect(itemsOf(fast)).toHaveLength(25);
  slow.backlog = 0;
  await vi.waitFor(() => expect(itemsOf(slow)).toHaveLength(10));
  expect(itemsOf(slow)).toEqual(events.slice(15).map(({ event_id }) => event_id));
  expect(droppedBy(slow)).toBe(15);
});

it('passes on what the workers had to leave out', () => {
  open();
  const one = client();
  hub.open(one, filter(''));
  hub.receive([], 7);
  expect(droppedBy(one)).toBe(7);
});

it('has a limit, and ends feeds of people who have signed out', async () => {
  open({ most: 1 });
  const one = client();
  expect(hub.open(one, filter(''))).toBeDefined();
  expect(hub.open(client(), filter(''))).toBeUndefined();
  expect(hub.size()).toBe(1);
  one.mayWatch = false;
  await vi.waitFor(() => expect(one.closed).toBe(4401));
});

it('closes every feed when Daylight stops', () => {
  open();
  const one = client();
  hub.open(one, filter(''));
  hub.close();
  expect([one.closed, hub.size(), watching]).toEqual([1001, 0, [true, false]]);
});
