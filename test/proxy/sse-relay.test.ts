import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/proxy/message-reading.ts';
import { SseRelay } from '../../src/proxy/sse-relay.ts';

function open(read: (data: string, done: (passage: Passage) => void) => void, { coding = '', limit = 1000 } = {}) {
  let out = '';
  const seen = { cut: false, finished: false, paces: [] as boolean[] };
  const relay = new SseRelay({
    ...{ coding, limit },
    read: ({ data, complete }, done) => read(complete ? data : `${data}...`, done),
    forward: (chunk) => {
      out += chunk.toString();
    },
    flush: () => {},
    pace: (stop) => seen.paces.push(stop),
    cut: () => {
      seen.cut = true;
    },
  });
  const end = () =>
    relay.end(() => {
      seen.finished = true;
    });
  return { relay, end, seen, out: () => out };
}

const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(holds()).toBe(true);
};

describe('an event stream that is read', () => {
  it('passes byte by byte as it came, an event at a time, in the same call', () => {
    const { relay, end, out, seen } = open((_, done) => done({ kind: 'pass' }));
    const text = ': hello\r\n\r\nid: 1\r\ndata: a\r\n\r\nevent: x\ndata: b\n\nretry: 5\n\n';
    for (const byte of Buffer.from(text)) relay.data(Buffer.from([byte]));
    expect(out()).toBe(text);
    end();
    expect(seen.finished).toBe(true);
  });

  it('holds only the event under way', () => {
    const { relay, out } = open((_, done) => done({ kind: 'pass' }));
    relay.data(Buffer.from('data: a\n\ndata: b'));
    expect(out()).toBe('data: a\n\n');
  });

  it('passes another text, an error in place of an event, or nothing', () => {
    const { relay, out } = open((data, done) => {
      if (data === 'card') done({ kind: 'replace', text: 'mark' });
      else done({ kind: 'refuse', forward: data === 'key' ? 'error' : undefined, back: undefined });
    });
    relay.data(Buffer.from('id: 1\ndata: card\n\nid: 2\ndata: key\n\ndata: note\n\n: on\n'));
    expect(out()).toBe('id: 1\ndata: mark\n\nid: 2\ndata: error\n\n: on\n');
  });

  it('keeps the order, and its end, while an event takes long to read', () => {
    const later: (() => void)[] = [];
    const { relay, end, out, seen } = open((data, done) => {
      if (data === 'slow') later.push(() => done({ kind: 'pass' }));
      else done({ kind: 'pass' });
    });
    relay.data(Buffer.from('data: first\n\ndata: slow\n\ndata: last\n\n'));
    end();
    expect(out()).toBe('data: first\n\n');
    expect(seen.finished).toBe(false);
    for (const each of later) each();
    expect(out()).toBe('data: first\n\ndata: slow\n\ndata: last\n\n');
    expect(seen.finished).toBe(true);
  });

  it('stops the server while too much waits', () => {
    const later: (() => void)[] = [];
    const { relay, seen } = open((_, done) => later.push(() => done({ kind: 'pass' })), { limit: 1_000_000 });
    relay.data(Buffer.from(`data: ${'x'.repeat(300_000)}\n\n`));
    expect(seen.paces.at(-1)).toBe(true);
    for (const each of later) each();
    expect(seen.paces.at(-1)).toBe(false);
  });

  it('is cut before an event that policy blocks', () => {
    const { relay, out, seen } = open((data, done) => done({ kind: data === 'bad' ? 'cut' : 'pass' }));
    relay.data(Buffer.from('data: good\n\ndata: bad\n\ndata: more\n\n'));
    relay.data(Buffer.from('data: later\n\n'));
    expect(out()).toBe('data: good\n\n');
    expect(seen.cut).toBe(true);
  });
});

describe('an event that is too long', () => {
  const stream = Buffer.from(`id: 1\ndata: ${'x'.repeat(500)}\n\ndata: next\n\n`);

  it('passes as it came if its first part may', () => {
    const { relay, out } = open((_, done) => done({ kind: 'pass' }), { limit: 100 });
    for (let at = 0; at < stream.length; at += 60) relay.data(stream.subarray(at, at + 60));
    expect(out()).toBe(stream.toString());
  });

  it('is replaced whole if not, however late that is known', () => {
    const later: (() => void)[] = [];
    const { relay, out } = open(
      (data, done) => {
        if (data.endsWith('...')) later.push(() => done({ kind: 'refuse', forward: 'error', back: undefined }));
        else done({ kind: 'pass' });
      },
      { limit: 100 },
    );
    for (let at = 0; at < stream.length; at += 60) relay.data(stream.subarray(at, at + 60));
    expect(out()).toBe('');
    for (const each of later) each();
    expect(out().replace(/\n{3,}/g, '\n\n')).toBe('id: 1\ndata: error\n\ndata: next\n\n');
  });
});

describe('a compressed event stream', () => {
  it('leaves decoded', async () => {
    const { relay, end, out, seen } = open((_, done) => done({ kind: 'pass' }), { coding: 'gzip' });
    relay.data(gzipSync('data: a\n\ndata: b\n\n'));
    end();
    await until(() => seen.finished);
    expect(out()).toBe('data: a\n\ndata: b\n\n');
  });

  it('that is broken is cut', async () => {
    const { relay, seen } = open((_, done) => done({ kind: 'pass' }), { coding: 'gzip' });
    relay.data(Buffer.from('data: a\n\n'));
    await until(() => seen.cut);
    expect(seen.finished).toBe(false);
  });
});
