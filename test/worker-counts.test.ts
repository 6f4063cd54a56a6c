import { describe, expect, it } from 'vitest';
import type { HttpFlowEvent } from '../src/engine/event.ts';
import { add, addDecision, addEvent, addTotals, createWorkerCounts } from '../src/worker-counts.ts';

const event = (over: Partial<HttpFlowEvent>): HttpFlowEvent =>
  ({
    kind: 'http_flow',
    traffic: 'none',
    action: 'allow',
    inspected: 'yes',
    req_bytes: 1,
    resp_bytes: 2,
    error: '',
    ...over,
  }) as HttpFlowEvent;

describe('what a worker counts', () => {
  it('of events: class and action, bytes, what was not read, and errors by their code', () => {
    const counts = createWorkerCounts();
    addEvent(counts, event({}));
    addEvent(counts, event({ traffic: 'shadow', action: 'block' }));
    addEvent(counts, event({ inspected: 'opaque', error: 'ERR_CLIENT_TLS: the client left' }));
    addEvent(counts, event({ error: 'The client closed the connection' }));
    addEvent(counts, { kind: 'audit_log' } as never);
    expect(counts.totals).toEqual({
      ...{ 'requests none allow': 3, 'requests shadow block': 1, 'bytes request': 4, 'bytes response': 8 },
      ...{ 'uninspected opaque': 1, 'errors ERR_CLIENT_TLS': 1, 'handshakes failed': 1, 'errors other': 1 },
    });
  });

  it('of decisions: in the smallest bucket that they fit', () => {
    const counts = createWorkerCounts();
    for (const seconds of [0, 0.00001, 0.000011, 0.25, 3]) addDecision(counts, seconds);
    expect(counts.totals).toEqual({
      ...{ 'decide 0.00001': 2, 'decide 0.000025': 1, 'decide 0.25': 1, 'decide +Inf': 1 },
      decide_sum: expect.closeTo(3.250021),
    });
  });

  it('adds up', () => {
    const counts = createWorkerCounts();
    add(counts, 'a');
    add(counts, 'a', 4);
    expect(addTotals({ a: 1, b: 2 }, counts.totals)).toEqual({ a: 6, b: 2 });
  });
});
