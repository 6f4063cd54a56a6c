import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isEventStream, SseGate } from '../../src/proxy/sse-gate.ts';

function open(coding: string, passes: (data: string) => boolean = () => true, follows?: () => boolean) {
  const seen: string[] = [];
  let out = '';
  let cut = false;
  const gate = new SseGate({
    coding,
    ...(follows && { follows }),
    judge({ event, data, index }) {
      seen.push(`${index} ${event} ${data}`);
      return passes(data);
    },
    forward: (chunk) => {
      out += chunk.toString('latin1');
    },
    cut: () => {
      cut = true;
    },
  });
  return { gate, seen, out: () => out, cut: () => cut };
}

describe('an event stream', () => {
  it('is judged before it is forwarded, in the same call', () => {
    const { gate, seen, out } = open('', () => {
      expect(out()).not.toContain('one\n\n');
      return true;
    });
    gate.data(Buffer.from('event: a\nda'));
    gate.data(Buffer.from('ta: one\n\n: comment\n\n'));
    expect(seen).toEqual(['0 a one']);
    expect(out()).toBe('event: a\ndata: one\n\n: comment\n\n');
  });

  it('is cut before the end of an event that is blocked', () => {
    const { gate, out, cut } = open('', (data) => data !== 'bad');
    gate.data(Buffer.from('data: good\n\n'));
    gate.data(Buffer.from('data: ba'));
    gate.data(Buffer.from('d\n\ndata: more\n\n'));
    gate.data(Buffer.from('data: later\n\n'));
    expect(out()).toBe('data: good\n\ndata: ba');
    expect(cut()).toBe(true);
  });

  it('that is compressed is forwarded at once and judged a little later', async () => {
    const { gate, seen, out } = open('gzip');
    const bytes = gzipSync('data: one\n\n');
    gate.data(bytes);
    expect(out()).toBe(bytes.toString('latin1'));
    for (let i = 0; i < 500 && seen.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(seen).toEqual(['0 message one']);
  });

  it('is looked at for longer while that matters to calls', () => {
    const { gate, seen } = open('', undefined, () => seen.length < 1_050);
    for (let i = 0; i < 1100; i++) gate.data(Buffer.from('data: x\n\n'));
    expect(seen).toHaveLength(1050);
  });

  it('that has said nothing telling in a thousand events is judged no more', () => {
    const { gate, seen, out } = open('');
    for (let i = 0; i < 1100; i++) gate.data(Buffer.from('data: x\n\n'));
    expect(seen).toHaveLength(1000);
    expect(out()).toHaveLength(1100 * 9);
  });
});

it('is known by its media type', () => {
  expect(isEventStream(['Content-Type', 'Text/Event-Stream; charset=utf-8'])).toBe(true);
  expect(isEventStream(['Content-Type', 'application/json'])).toBe(false);
});
