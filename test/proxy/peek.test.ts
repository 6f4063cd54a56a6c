import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { peek } from '../../src/proxy/peek.ts';

const OPTIONS = { tls: true, quietMs: 30, timeoutMs: 60 };

async function kindOf(pieces: readonly (string | Buffer)[], options = OPTIONS): Promise<{ kind: string; left: string }> {
  const [near, far] = duplexPair();
  const result = peek(near, options);
  for (const piece of pieces) {
    far.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { kind } = await result;
  let left = '';
  near.on('data', (chunk: Buffer) => {
    left += chunk.toString('latin1');
  });
  near.resume();
  await new Promise((resolve) => setTimeout(resolve, 2));
  far.destroy();
  near.destroy();
  return { kind, left };
}

describe('the first bytes of a tunnel', () => {
  it.each<[string, string, string[]]>([
    ['http1', 'a request line', ['GET / HTTP/1.1\r\n']],
    ['http1', 'a request line in pieces', ['P', 'OS', 'T ', '/']],
    ['http1', 'empty lines before it', ['\r\n\r\n', 'GET /']],
    ['http1', 'an absolute target', ['GET http://x/ HTTP/1.1']],
    ['http1', 'a request that is malformed, to be refused as one', ['GET\t/ HTTP/1.1']],
    ['http1', 'a method in lower case, with a tab', ['post\t/x']],
    ['http2', 'the preface', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0']],
    ['http2', 'the preface in pieces', ['PRI * HT', 'TP/2.0\r\n\r\nSM', '\r\n\r\n']],
    ['opaque', 'SSH', ['SSH-2.0-OpenSSH_9.6\r\n']],
    ['opaque', 'bytes', ['\0\x01\x02\x03']],
    ['opaque', 'a word that is too long for a method', ['A'.repeat(40)]],
    ['silent', 'nothing', []],
    ['malformed', 'half a method and no more', ['GE']],
    ['malformed', 'nothing but empty lines', ['\r\n'.repeat(40)]],
    ['malformed', 'half a ClientHello and no more', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
  ])('%s: %s; they stay in the socket', async (kind, _name, pieces) => {
    expect(await kindOf(pieces)).toEqual({ kind, left: pieces.join('') });
  });

  it('closed: the client has gone', async () => {
    const [near, far] = duplexPair();
    const result = peek(near, OPTIONS);
    far.end();
    expect((await result).kind).toBe('closed');
  });

  it('TLS within TLS is opaque', async () => {
    expect((await kindOf(['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'], { ...OPTIONS, tls: false })).kind).toBe('opaque');
  });
});
