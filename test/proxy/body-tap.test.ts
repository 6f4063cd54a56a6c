import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodyTap } from '../../src/proxy/body-tap.ts';

async function tapped(coding: string, bytes: Buffer, limit = 1024 * 1024): Promise<BodyTap> {
  let done = (): void => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  const tap = new BodyTap(coding, limit, () => tap.over && done());
  for (let at = 0; at < bytes.length; at += 1000) tap.push(bytes.subarray(at, at + 1000));
  tap.end();
  if (!tap.over) await over;
  return tap;
}

const text = JSON.stringify({ words: 'caf\u00e9 '.repeat(500) });

describe('a body', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['', (bytes) => bytes],
    ['identity', (bytes) => bytes],
    ['gzip', gzipSync],
    ['X-GZip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('of coding "%s" is seen decoded', async (coding, encode) => {
    const tap = await tapped(coding, encode(Buffer.from(text)));
    expect(tap.body()).toMatchObject({ text, bytes: Buffer.byteLength(text), complete: true });
    expect(tap.opensJson).toBe(true);
  });

  it('is kept up to the limit only', async () => {
    const plain = await tapped('', Buffer.alloc(5000, 'x'), 100);
    expect(plain.body()).toMatchObject({ text: 'x'.repeat(100), bytes: 5000, complete: false });
    const bomb = await tapped('gzip', gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x')), 10_000);
    expect(bomb.body()).toMatchObject({ text: 'x'.repeat(10_000), complete: false, problem: 'too-large' });
    expect(bomb.bytes).toBeLessThan(100_000);
  });

  it('that is scanned is decoded up to a bound', async () => {
    const tap = new BodyTap('gzip', 1000, () => {});
    tap.scan();
    tap.push(gzipSync(Buffer.alloc(100 * 1024 * 1024, ' '), { level: 1 }));
    tap.end();
    for (let i = 0; i < 3000 && !tap.over; i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(tap.problem).toBe('too-large');
    expect(tap.bytes).toBeLessThan(65 * 1024 * 1024);
  });

  it.each(['gzip, br', 'compress', 'aes128gcm'])('of coding %s is not read', async (coding) => {
    const tap = await tapped(coding, Buffer.from(text));
    expect(tap.body()).toMatchObject({ text: '', complete: false, problem: 'unsupported-encoding' });
    expect(tap.opensJson).toBe(false);
  });

  it('that breaks off is a problem', async () => {
    expect((await tapped('gzip', gzipSync(Buffer.from(text)).subarray(0, 30))).body().problem).toBe('bad-encoding');
  });
});
