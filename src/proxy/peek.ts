// What a new tunnel carries, told by its first bytes. They stay in the socket.
//
//   tls      a ClientHello          http1   a request line        http2   the preface of RFC 9113 3.4
//   silent   the client waits for the server to speak first        opaque  anything else

import type { Duplex } from 'node:stream';
import { type ClientHello, createClientHelloPeek } from './clienthello.ts';

export type Peeked =
  | { kind: 'tls'; hello: ClientHello }
  | { kind: 'http1' }
  | { kind: 'http2' }
  | { kind: 'opaque' }
  | { kind: 'silent' }
  | { kind: 'malformed'; reason: string }
  | { kind: 'closed' };

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}( |$)/;
const REQUEST = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} [/*hH]/;
const COMMON_METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)[\t\v\f\r\n ]/i;
const LIMIT = 64 * 1024;

/**
 * @param tls whether TLS may begin here
 * @param quietMs how long to wait for a first byte before the tunnel counts as silent
 * @param timeoutMs how long the first message may take to become clear
 */
export function peek(socket: Duplex, options: { tls: boolean; quietMs: number; timeoutMs: number }): Promise<Peeked> {
  return new Promise((resolve) => {
    const hello = createClientHelloPeek();
    const chunks: Buffer[] = [];
    let size = 0;
    let timer = setTimeout(() => finish({ kind: 'silent' }), options.quietMs);

    function finish(result: Peeked): void {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('end', onClosed);
      socket.off('close', onClosed);
      socket.pause();
      if (size > 0) socket.unshift(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      resolve(result);
    }

    function onClosed(): void {
      finish({ kind: 'closed' });
    }

    function onData(chunk: Buffer): void {
      if (size === 0) {
        clearTimeout(timer);
        timer = setTimeout(
          () => finish({ kind: 'malformed', reason: `nothing clear within ${options.timeoutMs} ms` }),
          options.timeoutMs,
        );
      }
      chunks.push(chunk);
      size += chunk.length;
      const result = classify(chunk);
      if (result) finish(result);
      else if (size > LIMIT) finish({ kind: 'opaque' });
    }

    function classify(chunk: Buffer): Peeked | undefined {
      if (options.tls && (chunks[0]![0] === 22 || chunks.length > 1)) {
        const result = hello.push(chunk);
        if (result.status === 'hello') return { kind: 'tls', hello: result.hello };
        if (result.status === 'malformed') return { kind: 'malformed', reason: result.reason };
        if (result.status === 'more') return undefined;
      }
      const text = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('latin1', 0, 64);
      if (PREFACE.startsWith(text.slice(0, PREFACE.length))) return text.length >= PREFACE.length ? { kind: 'http2' } : undefined;
      const start = text.replace(/^(\r?\n)+/, '');
      // A malformed request is refused as one: passed on raw, a lenient server would serve what nobody has seen.
      if (REQUEST.test(start) || COMMON_METHOD.test(start)) return { kind: 'http1' };
      if (start === '' && text.length >= 64) return { kind: 'malformed', reason: 'nothing but empty lines' };
      if (start.length < 34 && (start === '' || METHOD.test(start))) return undefined;
      return { kind: 'opaque' };
    }

    if (socket.destroyed || socket.readableEnded) {
      finish({ kind: 'closed' });
      return;
    }
    socket.on('data', onData);
    socket.on('end', onClosed);
    socket.on('close', onClosed);
    socket.resume();
  });
}
