import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, FrameReader } from '../../src/proxy/websocket-frames.ts';

function frame(opcode: number, payload: Buffer, options: { fin?: boolean; key?: Buffer } = {}): Buffer {
  const { fin = true, key } = options;
  const size = payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (key ? 0x80 : 0) | (size === 0 ? payload.length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(payload.length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
  if (!key) return Buffer.concat([head, payload]);
  return Buffer.concat([head, key, payload.map((byte, i) => byte ^ key[i & 3]!)]);
}

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const key = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((each) => Buffer.from(each));

describe('messages', () => {
  it('are the same however they are masked, fragmented, interleaved with pings and split', () => {
    const message = fc.tuple(text, fc.array(fc.nat(), { maxLength: 4 }), key, fc.boolean());
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        (messages, cuts, client) => {
          const wire = Buffer.concat(
            messages.flatMap(([content, breaks, mask, ping]) => {
              const bytes = Buffer.from(content);
              const ends = [...breaks.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
              return ends.flatMap((end, i) => {
                const part = frame(i === 0 ? 1 : 0, bytes.subarray(ends[i - 1] ?? 0, end), {
                  fin: i === ends.length - 1,
                  ...(client ? { key: mask } : {}),
                });
                return ping ? [part, frame(9, Buffer.from('p'), client ? { key: mask } : {})] : [part];
              });
            }),
          );
          const seen: { text: string; complete: boolean }[] = [];
          const reader = new FrameReader(client ? 'client' : 'server', 100_000, (each) => seen.push(each));
          const ends = [...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
          for (const [i, end] of ends.entries()) reader.push(wire.subarray(ends[i - 1] ?? 0, end));
          expect(seen).toEqual(messages.map(([content]) => ({ text: Buffer.from(content).toString('utf8'), complete: true })));
        },
      ),
    );
  });

  it('of every length form are read', () => {
    for (const length of [0, 125, 126, 65535, 65536, 200_000]) {
      const seen: number[] = [];
      new FrameReader('server', 1_000_000, ({ text: content }) => seen.push(content.length)).push(
        frame(1, Buffer.alloc(length, 'x')),
      );
      expect(seen).toEqual([length]);
    }
  });

  it('longer than the limit are delivered cut, early, once', () => {
    const seen: { text: string; complete: boolean }[] = [];
    const reader = new FrameReader('server', 10, (each) => seen.push(each));
    reader.push(frame(1, Buffer.alloc(8, 'a'), { fin: false }));
    reader.push(frame(0, Buffer.alloc(8, 'b'), { fin: false }));
    expect(seen).toEqual([{ text: 'aaaaaaaabb', complete: false }]);
    reader.push(frame(0, Buffer.alloc(8, 'c')));
    reader.push(frame(1, Buffer.from('next')));
    expect(seen.slice(1)).toEqual([{ text: 'next', complete: true }]);
  });
});

it.each<[string, 'client' | 'server', number[]]>([
  ['an unmasked frame of a client', 'client', [0x81, 1, 0x61]],
  ['a masked frame of a server', 'server', [0x81, 0x81, 0, 0, 0, 0, 0x61]],
  ['reserved bits', 'server', [0xc1, 1, 0x61]],
  ['a reserved opcode', 'server', [0x83, 0]],
  ['a reserved control opcode', 'server', [0x8b, 0]],
  ['a continuation of nothing', 'server', [0x80, 0]],
  ['a long ping', 'server', [0x89, 126, 0, 126]],
  ['a fragmented ping', 'server', [0x09, 0]],
  ['a length beyond all numbers', 'server', [0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]],
])('%s is refused', (_name, from, bytes) => {
  expect(() => new FrameReader(from, 100, () => {}).push(Buffer.from(bytes))).toThrow('Malformed WebSocket frame');
});

it('a new message within a fragmented one is refused', () => {
  const reader = new FrameReader('server', 100, () => {});
  reader.push(frame(1, Buffer.from('a'), { fin: false }));
  expect(() => reader.push(frame(1, Buffer.from('b')))).toThrow('out of order');
});

it('a close frame holds its code and as much of the reason as fits', () => {
  for (const mask of [false, true]) {
    const bytes = closeFrame(1008, '\u00e9'.repeat(200), mask);
    const payload = bytes.subarray(mask ? 6 : 2);
    expect(bytes[1]! & 0x7f).toBe(payload.length);
    expect(payload.length).toBeLessThanOrEqual(125);
    expect(payload.readUInt16BE(0)).toBe(1008);
    expect(payload.subarray(2).toString()).toMatch(/^\u00e9+\.\.\.$/);
    new FrameReader(mask ? 'client' : 'server', 100, () => {}).push(bytes);
  }
});
