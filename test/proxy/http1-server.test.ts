// The codec towards clients, over a pair of streams in memory.

import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DaylightError } from '../../src/errors.ts';
import { Http1Connection } from '../../src/proxy/http1-server.ts';
import type { Http1ServerStream } from '../../src/proxy/http1-server-stream.ts';
import { SseGate } from '../../src/proxy/sse-gate.ts';
import { UNKNOWN_LENGTH } from '../../src/proxy/stream.ts';

interface Seen {
  head: string;
  body: string;
  trailers: readonly string[] | undefined;
}

function serve(onStream?: (stream: Http1ServerStream) => void) {
  const [near, far] = duplexPair();
  const seen: Seen[] = [];
  const errors: DaylightError[] = [];
  let answer = '';
  far.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  const socket = Object.assign(near, { setTimeout: () => undefined });
  const connection = new Http1Connection(socket, {
    headerBytes: 16 * 1024,
    headerTimeout: 1000,
    idleTimeout: 1000,
    requestTimeout: 1000,
    onRequest(stream, head) {
      const entry: Seen = { head: `${head.method} ${head.target}`, body: '', trailers: undefined };
      seen.push(entry);
      onStream?.(stream);
      return {
        requestData(chunk) {
          entry.body += chunk.toString('latin1');
        },
        requestEnd(trailers) {
          entry.trailers = trailers;
          if (onStream) return;
          stream.respond(200, 'OK', [], { kind: 'length', length: 2 });
          stream.write(Buffer.from('ok'));
          stream.end([]);
        },
        requestFlush() {},
        clientDrain() {},
        clientGone() {},
      };
    },
    onBadRequest: (error) => errors.push(error),
  });
  return { far, seen, errors, connection, answer: () => answer };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

describe('requests on one connection', () => {
  it('are the same however the bytes are split', async () => {
    const text =
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloPUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 10 }), async (cuts) => {
        const { far, seen, answer } = serve();
        let at = 0;
        for (const end of [...cuts.sort((a, b) => a - b), text.length]) {
          if (end > at) far.write(Buffer.from(text.slice(at, end), 'latin1'));
          at = Math.max(at, end);
          if (end % 2) await new Promise((resolve) => setImmediate(resolve));
        }
        await settle();
        expect(seen).toEqual([
          { head: 'GET /a', body: '', trailers: [] },
          { head: 'POST /b', body: 'hello', trailers: [] },
          { head: 'PUT /c', body: 'abcde', trailers: ['X-T', '1'] },
          { head: 'GET /d', body: '', trailers: [] },
        ]);
        expect(answer().match(/HTTP\/1.1 200 OK/g)).toHaveLength(4);
        far.destroy();
      }),
      { numRuns: 40 },
    );
  });

  it('that are malformed are answered 400 and end it', async () => {
    const { far, seen, errors, answer } = serve();
    far.write('GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\nGET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await settle();
    expect(answer()).toMatch(/^HTTP\/1.1 400 Bad Request[\s\S]*Connection: close/);
    expect(errors.map((error) => error.code)).toEqual(['ERR_HTTP_SYNTAX']);
    expect(seen).toEqual([]);
    far.destroy();
  });

  it('an idle connection that is shut down ends at once; a busy one after its answer', async () => {
    const idle = serve();
    let ended = false;
    idle.far.on('end', () => {
      ended = true;
    });
    idle.connection.shutdown();
    await settle();
    expect(ended).toBe(true);
    let open: Http1ServerStream | undefined;
    const busy = serve((stream) => {
      open = stream;
    });
    busy.far.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await settle();
    busy.connection.shutdown();
    open!.respond(200, 'OK', [], { kind: 'none' });
    open!.end([]);
    await settle();
    expect(busy.answer()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    idle.far.destroy();
    busy.far.destroy();
  });

  it('gently: an answer that has begun without saying so is not the last, and an idle connection stays for one more', async () => {
    const streams: Http1ServerStream[] = [];
    const { far, connection, answer } = serve((stream) => void streams.push(stream));
    let ended = false;
    far.on('end', () => {
      ended = true;
    });
    far.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await settle();
    streams[0]!.respond(200, 'OK', [], { kind: 'length', length: 2 });
    connection.shutdown(true);
    streams[0]!.write(Buffer.from('ok'));
    streams[0]!.end([]);
    await settle();
    expect(answer()).not.toContain('Connection: close');
    expect(ended).toBe(false);
    far.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    await settle();
    streams[1]!.respond(200, 'OK', [], { kind: 'none' });
    streams[1]!.end([]);
    await settle();
    expect(answer()).toContain('Connection: close');
    expect(ended).toBe(true);
    far.destroy();
  });
});

it('an event is on its way to the client in the turn in which it arrives', () => {
  let stream: Http1ServerStream | undefined;
  const { far, connection } = serve((opened) => {
    stream = opened;
  });
  // What the connection reads and writes in this turn is seen at the connection itself.
  const written: string[] = [];
  const write = connection.socket.write.bind(connection.socket);
  connection.socket.write = ((chunk: Buffer | string, ...rest: never[]) => {
    written.push(chunk.toString('latin1'));
    return write(chunk, ...rest);
  }) as typeof connection.socket.write;
  connection.socket.emit('data', Buffer.from('GET /sse HTTP/1.1\r\nHost: x\r\n\r\n'));
  stream!.respond(200, 'OK', ['Content-Type', 'text/event-stream'], UNKNOWN_LENGTH);
  const judged: string[] = [];
  const gate = new SseGate({
    coding: '',
    judge: ({ data }) => judged.push(data) > 0,
    forward: (chunk) => stream!.write(chunk),
    cut: () => {},
  });
  gate.data(Buffer.from('data: one\n\n'));
  stream!.flush();
  expect(judged).toEqual(['one']);
  expect(written.join('')).toBe(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n',
  );
  gate.data(Buffer.from('data: two\n\n'));
  stream!.flush();
  expect(written.at(-1)).toBe('b\r\ndata: two\n\n\r\n');
  far.destroy();
});
