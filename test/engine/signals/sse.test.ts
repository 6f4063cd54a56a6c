import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseParser, type SseEvent } from '../../../src/engine/signals/sse.ts';

function parse(...parts: string[]): SseEvent[] {
  const parser = createSseParser();
  return parts.flatMap((part) => parser.push(part));
}

/** The algorithm of the HTML standard, written for a whole text. */
function reference(stream: string): Pick<SseEvent, 'event' | 'data' | 'id'>[] {
  const lines = stream.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  lines.pop();
  const events: Pick<SseEvent, 'event' | 'data' | 'id'>[] = [];
  let event = '';
  let id = '';
  let data: string[] = [];
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id });
      event = '';
      data = [];
    } else if (!line.startsWith(':')) {
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) as RegExpExecArray;
      if (field === 'data') data.push(value);
      if (field === 'event') event = value;
      if (field === 'id' && !value.includes('\0')) id = value;
    }
  }
  return events;
}

describe('the event stream parser', () => {
  it('reads a stream as the standard says, however it is split', () => {
    const piece = fc.constantFrom(
      'data',
      'event',
      'id',
      'retry',
      ':',
      ': ',
      ' ',
      'x',
      '{"a":1}',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      '\r\r',
      '\r\n\r\n',
      '\ufeff',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.array(piece, { maxLength: 6 }).map((part) => part.join('')),
          { maxLength: 12 },
        ),
        (parts) => {
          const stream = parts.join('');
          const got = parse(...parts).map(({ event, data, id }) => ({ event, data, id }));
          expect(got).toEqual(reference(stream));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads the endpoint event of the old transport', () => {
    expect(parse('event: endpoint\ndata: /messages?sessionId=1\n\n')).toEqual([
      { event: 'endpoint', data: '/messages?sessionId=1', id: '', truncated: false },
    ]);
  });

  it('takes no space after the colon, comments, ids, and an event without a name', () => {
    expect(parse(': hi\r\n\r\nid:7\r\ndata:{"a":1,\r\ndata: "b":2}\r\n\r\n')).toEqual([
      { event: 'message', data: '{"a":1,\n"b":2}', id: '7', truncated: false },
    ]);
  });

  it('delivers nothing for an event without data or without end', () => {
    expect(parse('event: endpoint\n\n', 'data: x')).toEqual([]);
  });

  it('delivers an event at its last line feed, not later', () => {
    const parser = createSseParser();
    expect(parser.push('data: x\r\n\r')).toHaveLength(1);
    expect(parser.push('\n')).toEqual([]);
  });

  it('cuts what is longer than its bound and says so', () => {
    const parser = createSseParser({ maxEvent: 10 });
    const events = [...parser.push(`data: ${'x'.repeat(100_000)}`), ...parser.push('yy\ndata: more\n\ndata: ok\n\n')];
    expect(events.map(({ data, truncated }) => ({ length: data.length, truncated }))).toEqual([
      { length: 10, truncated: true },
      { length: 2, truncated: false },
    ]);
  });
});
