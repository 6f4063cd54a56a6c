import { expect, it, vi } from 'vitest';
import type { HttpFlowEvent } from '../../src/engine/event.ts';
import { createLiveOutlet } from '../../src/proxy/live-outlet.ts';
import { flowEvent } from '../store/sample-event.ts';

interface Sent {
  events: readonly HttpFlowEvent[];
  dropped: number;
  sent(): void;
}

function outlet(most?: number) {
  const batches: Sent[] = [];
  const made = createLiveOutlet({
    send: (events, dropped, sent) => void batches.push({ events, dropped, sent }),
    everyMs: 1,
    ...(most === undefined ? {} : { most }),
  });
  return { ...made, batches };
}

it('hands over flows in batches while somebody watches, and nothing else', async () => {
  const { offer, watch, batches } = outlet();
  offer(flowEvent());
  watch(true);
  const events = [flowEvent(), flowEvent()];
  for (const event of events) offer(event);
  offer({ kind: 'audit_log' });
  await vi.waitFor(() => expect(batches).toMatchObject([{ events, dropped: 0 }]));
  watch(false);
  offer(flowEvent());
  batches[0]?.sent();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(batches).toHaveLength(1);
});

it('has one batch on its way, of bounded size, and counts what it leaves out', async () => {
  const { offer, watch, batches } = outlet(3);
  watch(true);
  offer(flowEvent());
  await vi.waitFor(() => expect(batches).toHaveLength(1));
  for (let index = 0; index < 10; index += 1) offer(flowEvent());
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(batches).toHaveLength(1);
  batches[0]?.sent();
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  expect([batches[1]?.events.length, batches[1]?.dropped]).toEqual([3, 7]);
});
