import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/engine/flow.ts';
import { BodyGate, HOLD } from '../../src/proxy/body-gate.ts';

function open(options: { coding?: string; passes?: (body: Body, final: boolean) => boolean } = {}) {
  const out: Buffer[] = [];
  const judged: { body: Body; final: boolean; sent: number }[] = [];
  const paces: boolean[] = [];
  let finished: readonly string[] | undefined;
  const sent = (): number => out.reduce((sum, each) => sum + each.length, 0);
  const gate = new BodyGate({
    coding: options.coding ?? '',
    prefix: 1024 * 1024,
    judge(body, final) {
      judged.push({ body, final, sent: sent() });
      return options.passes?.(body, final) ?? true;
    },
    forward: (chunk) => out.push(chunk),
    finish: (trailers) => {
      finished = trailers;
    },
    pace: (stop) => paces.push(stop),
  });
  return { gate, judged, paces, sent, out: () => Buffer.concat(out), finished: () => finished };
}

const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 2000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(holds()).toBe(true);
};

describe('whatever passes, passes unchanged', () => {
  it('in any pieces, JSON or not, and ends with its trailers', () => {
    const content = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 2000 }).map((each) => Buffer.from(each)),
      fc.string({ unit: fc.constantFrom(' ', '\n', '{', '}', 'x'), maxLength: 3000 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(content, fc.array(fc.nat(), { maxLength: 10 }), (body, cuts) => {
        const { gate, out, finished } = open();
        const ends = [...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
        for (const [i, end] of ends.entries()) gate.data(body.subarray(ends[i - 1] ?? 0, end));
        gate.end(['X', '1']);
        expect(out().equals(body)).toBe(true);
        expect(finished()).toEqual(['X', '1']);
      }),
    );
  });

  it('byte by byte, beyond what is held', () => {
    const body = Buffer.from(`{"a":"${'x'.repeat(HOLD + 5000)}"}`);
    const { gate, out } = open();
    for (let at = 0; at < body.length; at++) gate.data(body.subarray(at, at + 1));
    gate.end([]);
    expect(out().equals(body)).toBe(true);
  });
});

describe('JSON', () => {
  it('waits for the verdict of the whole', () => {
    const { gate, judged, sent } = open();
    gate.data(Buffer.from(' {"a":'));
    gate.data(Buffer.from('1}'));
    expect(sent()).toBe(0);
    gate.end([]);
    expect(judged.map(({ final, sent }) => ({ final, sent }))).toEqual([{ final: true, sent: 0 }]);
    expect(judged[0]!.body).toMatchObject({ text: ' {"a":1}', complete: true });
    expect(sent()).toBe(8);
  });

  it('that is longer is scanned as it goes; its end, and white space after it, never overtake the verdict', () => {
    const { gate, judged, sent, finished } = open({
      passes: (body) => !JSON.stringify(body.outline ?? '').includes('tools/call'),
    });
    gate.data(Buffer.from('{"jsonrpc":"2.0","pad":"'));
    for (let i = 0; i < 10; i++) gate.data(Buffer.alloc(64 * 1024, 'p'));
    expect(sent()).toBeGreaterThan(HOLD);
    const before = sent();
    gate.data(Buffer.from('","method":"tools/call"}'));
    for (let i = 0; i < 5; i++) gate.data(Buffer.from(' '));
    gate.end([]);
    expect(judged.map(({ final }) => final)).toEqual([false, false]);
    expect(sent()).toBe(before);
    expect(finished()).toBeUndefined();
  });

  it('that is compressed leaves only as far as it has been read', async () => {
    const { gate, judged, paces, out, finished } = open({ coding: 'gzip' });
    const body = gzipSync(Buffer.from(`["${randomBytes(1_500_000).toString('base64')}"]`));
    for (let at = 0; at < body.length; at += 64 * 1024) gate.data(body.subarray(at, at + 64 * 1024));
    // Nothing has been decoded in this turn.
    expect(out()).toHaveLength(0);
    expect(paces[0]).toBe(true);
    gate.end([]);
    await until(() => finished() !== undefined);
    expect(out().equals(body)).toBe(true);
    expect(judged.at(-1)!.body.outline?.complete).toBe(true);
  });

  it('behind a long run of nothing, compressed, is still JSON', async () => {
    const { gate, judged, sent } = open({ coding: 'gzip', passes: () => false });
    // Empty members unfold to nothing.
    const empty = gzipSync('');
    for (let at = 0; at < HOLD * 1.5; at += empty.length * 512)
      gate.data(Buffer.concat(Array.from({ length: 512 }, () => empty)));
    gate.data(gzipSync('{"jsonrpc":"2.0"}'));
    gate.end([]);
    await until(() => gate.state === 'closed');
    expect(judged.length).toBeGreaterThan(0);
    expect(sent()).toBe(0);
  });
});

describe('what cannot be read', () => {
  it.each(['gzip', 'zz'])('as %s is judged as such, and passes', async (coding) => {
    const { gate, judged, out, finished } = open({ coding });
    gate.data(Buffer.from('not that'));
    gate.end([]);
    await until(() => finished() !== undefined);
    expect(judged[0]!.body.problem).toBe(coding === 'zz' ? 'unsupported-encoding' : 'bad-encoding');
    expect(out().toString()).toBe('not that');
  });
});

describe('a body that has to be read', () => {
  type Read = NonNullable<ConstructorParameters<typeof BodyGate>[0]['read']>;

  function openRead(read: Read, { coding = '', limit = 4 * HOLD, covered = true } = {}) {
    const out: Buffer[] = [];
    const seen = { finished: false, paces: [] as boolean[] };
    const gate = new BodyGate({
      ...{ coding, limit, read, prefix: 1024 * 1024 },
      judge: () => true,
      covered: () => covered,
      forward: (chunk) => void out.push(chunk),
      finish: () => {
        seen.finished = true;
      },
      pace: (stop) => seen.paces.push(stop),
    });
    return { gate, seen, out: () => Buffer.concat(out) };
  }

  const long = Buffer.from(`{"a":"${'x'.repeat(3 * HOLD)}"}`);
  const feed = (gate: BodyGate, body: Buffer): void => {
    for (let at = 0; at < body.length; at += 64 * 1024) gate.data(body.subarray(at, at + 64 * 1024));
    gate.end([]);
  };

  it('is held whole, and leaves as it came or with another content', () => {
    for (const content of [undefined, Buffer.from('{}')]) {
      const { gate, out, seen } = openRead((body, send) => {
        expect(body).toMatchObject({ text: long.toString(), complete: true });
        send(content);
      });
      feed(gate, long);
      expect(out().equals(content ?? long)).toBe(true);
      expect(seen.finished).toBe(true);
    }
  });

  it('leaves decoded if it is written anew', async () => {
    const { gate, out, seen } = openRead((body, send) => send(Buffer.from(body.text.toUpperCase())), { coding: 'gzip' });
    feed(gate, gzipSync('{"a":"b"}'));
    await until(() => seen.finished);
    expect(out().toString()).toBe('{"A":"B"}');
  });

  it('beyond the limit is read up to there, once, while its sender waits; then it streams', () => {
    const parts: { bytes: number; complete: boolean }[] = [];
    let go = (): void => {};
    const { gate, out, seen } = openRead(
      ({ bytes, complete }, send) => {
        parts.push({ bytes, complete });
        go = send;
      },
      { limit: 2 * HOLD },
    );
    feed(gate, long);
    expect(seen.paces.at(-1)).toBe(true);
    expect(out()).toHaveLength(0);
    go();
    expect(out().equals(long)).toBe(true);
    expect(seen).toMatchObject({ finished: true });
    expect(parts).toEqual([{ bytes: 2 * HOLD + 64 * 1024, complete: false }]);
  });

  it('that is known to be one only at its end is read as a part', () => {
    const parts: boolean[] = [];
    const { gate, out } = openRead(
      ({ complete }, send) => {
        parts.push(complete);
        send();
      },
      { covered: false },
    );
    feed(gate, long);
    expect(parts).toEqual([false]);
    expect(out().equals(long)).toBe(true);
  });

  it('that cannot be decoded is read as such', () => {
    const { gate, out } = openRead(
      ({ problem, complete }, send) => {
        expect({ problem, complete }).toEqual({ problem: 'unsupported-encoding', complete: false });
        send();
      },
      { coding: 'zz' },
    );
    feed(gate, Buffer.from('what'));
    expect(out().toString()).toBe('what');
  });

  it('does not leave if the gate is closed meanwhile', () => {
    let go = (): void => {};
    const { gate, out } = openRead((_, send) => {
      go = send;
    });
    feed(gate, Buffer.from('{}'));
    gate.close();
    go();
    expect(out()).toHaveLength(0);
  });
});

it('a closed gate lets nothing through', () => {
  const { gate, sent, finished } = open();
  gate.data(Buffer.from('{'));
  gate.close();
  gate.data(Buffer.from('}'));
  gate.end([]);
  expect(sent()).toBe(0);
  expect(finished()).toBeUndefined();
});
