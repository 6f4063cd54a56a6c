import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/proxy/message-reading.ts';
import { FrameReader, messageFrame } from '../../src/proxy/websocket-frames.ts';
import { WebSocketRelay } from '../../src/proxy/websocket-relay.ts';

const OUT = { server: { binary: false, mask: false }, client: { binary: false, mask: true } };
const PING = Buffer.from([0x89, 0x01, 0x70]);

/** One fragment of a server's message. */
function fragment(opcode: number, text: string, fin: boolean): Buffer {
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, text.length]), Buffer.from(text)]);
}

function open(from: 'client' | 'server', read: (text: string, done: (passage: Passage) => void) => void, limit = 100) {
  const out: Buffer[] = [];
  const answers: string[] = [];
  const relay = new WebSocketRelay({
    ...{ from, limit },
    read: ({ text, complete }, done) => read(complete ? text : `${text}...`, done),
    forward: (bytes) => void out.push(bytes),
    answer: (text) => void answers.push(text),
    pace: () => {},
  });
  const messages = (): string[] => {
    const seen: string[] = [];
    const reader = new FrameReader(from, 100_000, ({ text }) => void seen.push(text));
    for (const bytes of out) reader.push(bytes);
    return seen;
  };
  return { relay, answers, messages, out: () => Buffer.concat(out) };
}

describe('a message', () => {
  it('that may pass, passes as it came, whole', () => {
    const { relay, out } = open('server', (_, done) => done({ kind: 'pass' }));
    const bytes = Buffer.concat([fragment(1, 'ab', false), fragment(0, 'cd', true)]);
    relay.push(bytes.subarray(0, 5));
    expect(out()).toHaveLength(0);
    relay.push(bytes.subarray(5));
    expect(out().equals(bytes)).toBe(true);
  });

  it.each(['client', 'server'] as const)('of a %s is replaced by one frame of any length', (from) => {
    for (const length of [3, 200, 70_000]) {
      const { relay, messages } = open(from, (text, done) => done({ kind: 'replace', text: text + 'x'.repeat(length) }), 80_000);
      relay.push(messageFrame('a', OUT[from]));
      expect(messages()).toEqual([`a${'x'.repeat(length)}`]);
    }
  });

  it('keeps its place, and binary messages their kind', () => {
    const later: (() => void)[] = [];
    const { relay, messages, out } = open('server', (text, done) => {
      if (text === 'slow') later.push(() => done({ kind: 'replace', text: 'SLOW' }));
      else done({ kind: 'replace', text: text.toUpperCase() });
    });
    relay.push(messageFrame('slow', { binary: true, mask: false }));
    relay.push(messageFrame('b', OUT.server));
    relay.push(PING);
    expect(out()).toHaveLength(0);
    for (const each of later) each();
    expect(messages()).toEqual(['SLOW', 'B']);
    expect(out()[0]).toBe(0x82);
    expect(out().subarray(-3).equals(PING)).toBe(true);
  });

  it('that is refused is dropped or replaced, and its sender answered', () => {
    const { relay, answers, messages } = open('client', (text, done) =>
      done({ kind: 'refuse', forward: text === 'a' ? 'error' : undefined, back: text === 'b' ? 'no' : undefined }),
    );
    for (const text of ['a', 'b']) relay.push(messageFrame(text, OUT.client));
    expect(messages()).toEqual(['error']);
    expect(answers).toEqual(['no']);
  });

  it('is overtaken by a ping that comes in the middle of it', () => {
    const { relay, out } = open('server', (_, done) => done({ kind: 'pass' }));
    relay.push(fragment(1, 'ab', false));
    relay.push(PING);
    expect(out().equals(PING)).toBe(true);
  });
});

describe('a message that is too long', () => {
  const long = [fragment(1, 'a'.repeat(60), false), fragment(0, 'b'.repeat(60), false), fragment(0, 'c', true)];

  it('passes as it came, and an answer of our own waits for its end', () => {
    const { relay, messages } = open('server', (_, done) => done({ kind: 'pass' }));
    relay.push(long[0]!);
    relay.push(long[1]!);
    relay.inject('ours');
    relay.push(long[2]!);
    expect(messages()).toEqual([`${'a'.repeat(60)}${'b'.repeat(60)}c`, 'ours']);
  });

  it('does not pass at all if its first part does not, however late that is known', () => {
    const later: (() => void)[] = [];
    const { relay, messages } = open('server', (text, done) => {
      if (text.endsWith('...')) later.push(() => done({ kind: 'refuse', forward: 'error', back: undefined }));
      else done({ kind: 'pass' });
    });
    for (const bytes of long) relay.push(bytes);
    relay.push(messageFrame('next', OUT.server));
    for (const each of later) each();
    expect(messages()).toEqual(['error', 'next']);
  });
});
