import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyReader, frameChunk } from '../../src/proxy/http1-body.ts';
import { type Framing, formatFields } from '../../src/proxy/http1-head.ts';

const content = fc.array(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((each) => Buffer.from(each)),
  { maxLength: 8 },
);
const cuts = fc.array(fc.nat(), { maxLength: 12 });

function pieces(whole: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end));
}

function read(
  framing: Framing,
  wire: readonly Buffer[],
): { body: Buffer; trailers: string[] | undefined; rest: string; reader: BodyReader } {
  const chunks: Buffer[] = [];
  let trailers: string[] | undefined;
  let rest = '';
  const reader = new BodyReader(
    framing,
    (chunk) => chunks.push(chunk),
    (list) => {
      trailers = list;
    },
  );
  for (const piece of wire) {
    const at = reader.done ? 0 : reader.push(piece, 0);
    rest += piece.toString('latin1', at);
  }
  return { body: Buffer.concat(chunks), trailers, rest, reader };
}

describe('a body that is read', () => {
  it('is the one that was framed, however the chunks are split, and leaves what follows', () => {
    const trailer = fc
      .array(fc.constantFrom('X-A', '1', 'b', ''), { maxLength: 4 })
      .map((list) => (list.length % 2 ? [] : list.map((each, i) => (i % 2 === 0 ? each || 'N' : each))));
    fc.assert(
      fc.property(content, cuts, trailer, (chunks, at, trailers) => {
        const wire = Buffer.concat([...chunks.map(frameChunk), Buffer.from(`0\r\n${formatFields(trailers)}\r\nNEXT`)]);
        const result = read({ kind: 'chunked' }, pieces(wire, at));
        expect(result.body.equals(Buffer.concat(chunks))).toBe(true);
        expect(result.trailers).toEqual(trailers);
        expect(result.rest).toBe('NEXT');
      }),
    );
  });

  it('ends at its length, however it is split', () => {
    fc.assert(
      fc.property(content, cuts, (chunks, at) => {
        const body = Buffer.concat(chunks);
        fc.pre(body.length > 0);
        const result = read({ kind: 'length', length: body.length }, pieces(Buffer.concat([body, Buffer.from('NEXT')]), at));
        expect(result.body.equals(body)).toBe(true);
        expect(result.trailers).toEqual([]);
        expect(result.rest).toBe('NEXT');
      }),
    );
  });

  it('ends with the connection only where that is agreed', () => {
    const whole = read({ kind: 'close' }, [Buffer.from('abc')]);
    expect(whole.trailers).toBeUndefined();
    expect(whole.reader.eof()).toBe(true);
    expect(read({ kind: 'length', length: 4 }, [Buffer.from('abc')]).reader.eof()).toBe(false);
    expect(read({ kind: 'chunked' }, [Buffer.from('3\r\nabc\r\n')]).reader.eof()).toBe(false);
    expect(read({ kind: 'none' }, []).reader.eof()).toBe(true);
  });

  it('garbage is an error of ours or read to some end, and never more content than bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '5', 'f', 'g', '\r', '\n', ';', ' ', '\r\n', 'x'), maxLength: 60 }),
        cuts,
        (text, at) => {
          try {
            expect(read({ kind: 'chunked' }, pieces(Buffer.from(text), at)).body.length).toBeLessThanOrEqual(text.length);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_HTTP_SYNTAX' });
          }
        },
      ),
    );
  });
});
