// Two weeks of history out of the recorded corpus: every session is played several times, on different days, by different people,
// through `decide` as the proxy does it: phase by phase, ending with a block, with the memory of servers that this builds up.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHarFile } from '../../../src/cli/har-file.ts';
import { decide } from '../../../src/engine/decide.ts';
import { type HttpFlowEvent, toEvent } from '../../../src/engine/event.ts';
import type { Flow, Message, Phase, Principal } from '../../../src/engine/flow.ts';
import { learn } from '../../../src/engine/learn.ts';
import type { Snapshot } from '../../../src/engine/snapshot.ts';
import type { Verdict } from '../../../src/engine/verdict.ts';
import { createServerMemory, type SharedServerMemory } from '../../../src/proxy/server-memory.ts';
import { createEmit } from '../../../src/store/emit.ts';

const CORPUS = new URL('../../corpus/', import.meta.url).pathname;
const DAY = 86_400_000;

export const PEOPLE: readonly Principal[] = [
  { user: 'ann', groups: ['engineering', 'staff'], device: 'ann-laptop', source: 'proxy-auth' },
  { user: 'Bob', groups: ['sales', 'staff'], device: '', source: 'proxy-auth' },
  { user: 'cy', groups: ['engineering'], device: '', source: 'header' },
  { user: '', groups: [], device: '', source: 'address' },
];

/** One exchange as it came over the wire. */
export interface Exchange {
  flow: Flow;
  messages: readonly Message[];
}

/** Whole exchanges in order of time, over the two weeks that end at `end` (epoch milliseconds). */
export function recordedHistory(end: number): Exchange[] {
  const sessions = ['mcp', 'not-mcp', 'llm-mcp'].flatMap((folder) =>
    readdirSync(join(CORPUS, folder))
      .filter((name) => name.endsWith('.har'))
      .toSorted()
      .map((name) => readHarFile(join(CORPUS, folder, name), 1024 * 1024)),
  );
  const history = sessions.flatMap((entries, session) =>
    [0, 1, 2].flatMap((round) => {
      const start = end - 14 * DAY + (((session * 5 + round * 17) % 56) * DAY) / 4 + session * 60_000;
      const person = (session + round) % PEOPLE.length;
      return entries.map(({ flow, messages, index }): Exchange => {
        const time = start + index * 1_000;
        return {
          flow: {
            ...flow,
            id: idOf(time, session, round, index),
            time,
            client: { address: `10.0.${person}.${session}`, port: 50_000 + index },
            principal: PEOPLE[person]!,
          },
          messages,
        };
      });
    }),
  );
  return history.sort((a, b) => a.flow.time - b.flow.time);
}

function idOf(time: number, session: number, round: number, index: number): string {
  const head = time.toString(16).padStart(12, '0');
  const tail = ((session * 10 + round) * 1_000 + index).toString(16).padStart(12, '0');
  return `${head.slice(0, 8)}-${head.slice(8)}-7000-8000-${tail}`;
}

export interface Played {
  /** What is stored, in the order in which the exchanges began. */
  events: HttpFlowEvent[];
  /** Ids of the exchanges that were blocked. */
  blocked: Set<string>;
}

/** Plays the history under the policy of `snapshot`. `at`: policy time for all, instead of the time of each. */
export function play(history: readonly Exchange[], snapshot: Snapshot, at?: number): Played {
  const memory = createServerMemory(() => {});
  const played: Played = { events: [], blocked: new Set() };
  const store = { benign: 'count', pseudonymise: false, excerpts: false } as const;
  const spool = { append: (event: object) => void ('event_id' in event && played.events.push(event as HttpFlowEvent)) };
  const emit = createEmit({ spool, store, tenant: 'default', key: Buffer.alloc(32) });
  for (const exchange of history) {
    const { flow, verdict } = pass(exchange, snapshot, memory, at);
    if (verdict.action === 'block') played.blocked.add(flow.id);
    const outcome = { endTime: flow.time + 9, requestBytes: 1, responseBytes: 1, ttfbMs: 5, error: '' };
    emit(toEvent(flow, verdict, { ...outcome, disposition: verdict.disposition }, { tenant: 'default', sensor: 'test' }));
  }
  emit.close();
  return played;
}

function pass({ flow: whole, messages }: Exchange, snapshot: Snapshot, memory: SharedServerMemory, at?: number) {
  const { request, response, ...rest } = whole;
  const { body, ...head } = request;
  const learned = memory.lookup(request.url, whole.time);
  let flow: Flow = { ...rest, phase: 'request-headers', request: head, ...(learned && { learned }) };
  let verdict: Verdict | undefined;
  /** @returns whether it goes on. */
  const step = (phase: Phase, more: Partial<Flow> = {}): boolean => {
    flow = { ...flow, ...more, phase };
    verdict = decide(at === undefined ? flow : { ...flow, time: at }, snapshot, verdict);
    if (verdict.traffic !== 'none') memory.remember(learn(flow, verdict));
    return verdict.action !== 'block';
  };
  const goesOn =
    step(body === undefined ? 'request-headers' : 'request-body', { request }) &&
    response !== undefined &&
    step('response-headers', { response: { status: response.status, headers: response.headers } }) &&
    messages.every((message) => step('message', { message }));
  if (goesOn && response !== undefined && response.status !== 101) step('response-body', { response });
  const { message: _, ...last } = flow;
  return { flow: last as Flow, verdict: verdict! };
}
