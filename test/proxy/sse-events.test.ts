import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseEvents, withData } from '../../src/proxy/sse-events.ts';

function read(pieces: readonly Buffer[], limit = 1000) {
  const out: Buffer[] = [];
  const events: string[] = [];
  const others: string[] = [];
  const keep = (raw: Buffer) => void out.push(Buffer.from(raw));
  const reader = new SseEvents(limit, {
    event({ raw, event, data, complete }) {
      events.push(`${event}|${data}${complete ? '' : '|cut'}`);
      keep(raw);
    },
    other(raw) {
      others.push(raw.toString());
      keep(raw);
    },
    rest: keep,
  });
  for (const piece of pieces) reader.push(piece);
  const beforeEnd = Buffer.concat(out).toString();
  reader.end();
  return { events, others, beforeEnd, out: Buffer.concat(out) };
}

const text = (...pieces: string[]) => read(pieces.map((piece) => Buffer.from(piece)));

describe('an event stream taken apart', () => {
  it('gives the same bytes and the same events however it is split', () => {
    const line = fc.constantFrom('data: a', 'data:b', 'data', 'event: e', 'id: 1', ': comment', 'retry: 5', '', '', 'dataé: x');
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map(([each, end]) => each + end).join(''));
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const whole = read([bytes]);
        const split = read(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)));
        expect(whole.out.equals(bytes)).toBe(true);
        expect(split.out.equals(bytes)).toBe(true);
        expect(split.events).toEqual(whole.events);
      }),
    );
  });

  it('knows names, several lines of data and every kind of line end', () => {
    expect(text('event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:3\n\ndata: 4\r\r').events).toEqual([
      'a|1\n2',
      'message|3',
      'message|4',
    ]);
  });

  it('hands comments on as they come, and holds an event until its empty line', () => {
    const { beforeEnd } = text(': ping\n', 'id: 7\n', 'data: secret\n');
    expect(beforeEnd).toBe(': ping\n');
  });

  it('counts what was begun as an event when the stream ends', () => {
    expect(text('data: last').events).toEqual(['message|last']);
  });

  it('gives the first part of an event that is too long, then its rest, then goes on', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(50)}\nid: 3\n\ndata: next\n\n`);
    const { events, out } = read([bytes.subarray(0, 30), bytes.subarray(30, 40), bytes.subarray(40)], 20);
    expect(events).toEqual([`message|${'x'.repeat(24)}|cut`, 'message|next']);
    expect(out.equals(bytes)).toBe(true);
  });
});

it('an event is written with other data, and everything else about it stays', () => {
  const raw = Buffer.from('id: 7\r\n: note\r\ndata: {\r\ndata: "a":1}\r\nevent: e\r\nretry: 3\r\n\r\n');
  expect(withData(raw, '{"b":2}').toString()).toBe('id: 7\r\n: note\r\ndata: {"b":2}\r\nevent: e\r\nretry: 3\r\n\r\n');
  expect(withData(Buffer.from('data: x\n\n'), 'a\nb').toString()).toBe('data: a\ndata: b\n\n');
});
