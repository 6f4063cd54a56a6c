import { describe, expect, test } from 'vitest';
import { createEmit, type EmitOptions } from '../../src/store/emit.ts';
import type { SpoolEvent } from '../../src/store/segment.ts';
import { auditEvent, benignEvent, flowEvent, llmCallEvent, mcpCallEvent } from './sample-event.ts';

function emitter(store: Partial<EmitOptions['store']> = {}, key = Buffer.alloc(32, 1)) {
  const events: SpoolEvent[] = [];
  const emit = createEmit({
    spool: { append: (event) => events.push(event) },
    store: { benign: 'count', pseudonymise: false, excerpts: false, ...store },
    tenant: 'default',
    key,
  });
  return { emit, events };
}

describe('createEmit', () => {
  test('passes what is not benign through untouched, the very same object', () => {
    const { emit, events } = emitter();
    const given = [flowEvent(), auditEvent()];
    for (const event of given) emit(event);
    expect(events[0]).toBe(given[0]);
    expect(events[1]).toBe(given[1]);
    emit.close();
  });

  test('benign flows: off drops, count counts per host and minute, full keeps', () => {
    const minute = 1_763_622_000_000;
    for (const [benign, kinds] of [
      ['off', []],
      ['count', ['flow_count', 'flow_count', 'flow_count']],
      ['full', ['http_flow', 'http_flow', 'http_flow', 'http_flow']],
    ] as const) {
      const { emit, events } = emitter({ benign });
      emit(benignEvent({ ts: minute, dst_host: 'a.example' }));
      emit(benignEvent({ ts: minute + 59_999, dst_host: 'a.example' }));
      emit(benignEvent({ ts: minute + 60_000, dst_host: 'a.example' }));
      emit(benignEvent({ ts: minute, dst_host: 'b.example' }));
      emit.close();
      expect(events.map((event) => event.kind)).toEqual(kinds);
      if (benign === 'count') {
        expect(events[0]).toEqual({
          kind: 'flow_count',
          ts: minute,
          tenant: 'default',
          sensor: 'test',
          dst_host: 'a.example',
          n: 2,
          req_bytes: 1_000,
          resp_bytes: 2_048,
        });
      }
    }
  });

  test('blocked and failed flows are kept whatever is configured', () => {
    const { emit, events } = emitter({ benign: 'off' });
    emit(benignEvent({ disposition: 'blocked' }));
    emit(benignEvent({ disposition: 'failed' }));
    emit(benignEvent({ disposition: 'logged' }));
    emit.close();
    expect(events).toHaveLength(2);
  });

  test('ten thousand hosts in a minute do not pile up in memory', () => {
    const { emit, events } = emitter();
    for (let index = 0; index < 25_000; index++) emit(benignEvent({ ts: 1_763_622_000_000, dst_host: `h${index}.example` }));
    expect(events).toHaveLength(20_000);
    emit.close();
    expect(events).toHaveLength(25_000);
  });

  test('pseudonyms are stable, depend on the key, and leave nobody nobody', () => {
    const one = emitter({ pseudonymise: true });
    const other = emitter({ pseudonymise: true }, Buffer.alloc(32, 2));
    for (const { emit } of [one, one, other]) emit(flowEvent({ user_id: 'alice', device_id: '' }));
    const users = [...one.events, ...other.events].map((stored) => (stored.kind === 'http_flow' ? stored.user_id : ''));
    expect(users[0]).toMatch(/^p-[0-9a-f]{32}$/);
    expect(users[1]).toBe(users[0]);
    expect(users[2]).not.toBe(users[0]);
    expect(one.events[0]).toMatchObject({ device_id: '' });
    one.emit.close();
    other.emit.close();
  });

  test('session ids are never stored as they are, and one session keeps one name', () => {
    const { emit, events } = emitter();
    for (const id of ['secret-session', 'secret-session', '']) emit(flowEvent({ mcp_session_id: id }));
    const names = events.map((stored) => (stored.kind === 'http_flow' ? stored.mcp_session_id : ''));
    expect(names[0]).toMatch(/^p-[0-9a-f]{32}$/);
    expect(names).toEqual([names[0], names[0], '']);
    emit.close();
  });

  test('excerpts are removed unless they are asked for', () => {
    for (const excerpts of [true, false]) {
      const { emit, events } = emitter({ excerpts });
      emit(flowEvent({ excerpt: 'tools/call echo' }));
      expect(events[0]).toMatchObject({ excerpt: excerpts ? 'tools/call echo' : '' });
      emit.close();
    }
  });

  test('calls hide sessions and users as flows do', () => {
    const { emit, events } = emitter({ pseudonymise: true });
    emit(flowEvent({ mcp_session_id: 's', user_id: 'ann' }));
    emit(mcpCallEvent({ session_id: 's', user_id: 'ann', excerpt: '{"note":"hello"}', error_code: -32602 }));
    emit(mcpCallEvent({}));
    const [flow, call, bare] = events.map((event): Record<string, unknown> => ({ ...event }));
    expect(call).toMatchObject({ session_id: flow?.mcp_session_id, user_id: flow?.user_id, error_code: -32602 });
    expect(call).not.toHaveProperty('excerpt');
    expect(bare).not.toHaveProperty('user_id');
    emit.close();
  });

  test('calls to model APIs are benign traffic if they have nothing to do with MCP', () => {
    for (const benign of ['off', 'count', 'full'] as const) {
      const { emit, events } = emitter({ benign });
      emit(llmCallEvent({ traffic: 'none', cost_usd: '0.000000001' }));
      emit(llmCallEvent({ traffic: 'hosted' }));
      const kept = events.map((event) => (event.kind === 'llm_call' ? [event.traffic, event.cost_usd] : []));
      expect(kept).toEqual([...(benign === 'off' ? [] : [['none', '0.000000001']]), ['hosted', null]]);
      emit.close();
    }
  });

  test('values that no column holds are made to fit', () => {
    const { emit, events } = emitter();
    emit(
      flowEvent({
        duration_ms: -3,
        ttfb_ms: 1.7,
        req_bytes: Number.NaN,
        resp_bytes: Number.POSITIVE_INFINITY,
        mcp_tool: 'x'.repeat(100_000),
        mcp_servers: Array.from({ length: 5_000 }, () => 'y'.repeat(20_000)),
      }),
    );
    const [event] = events;
    expect(event).toMatchObject({ duration_ms: 0, ttfb_ms: 1, req_bytes: 0, resp_bytes: 0, mcp_tool: 'x'.repeat(8_192) });
    expect(JSON.stringify(event).length).toBeLessThan(1_000_000);
    emit.close();
  });
});
