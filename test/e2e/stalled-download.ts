// A process of its own for one figure: how far a proxy grows while a client does not read. Prints one JSON line a case.

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { openHttp2, openTls, serveHttp2, serveRaw, startTestProxy, type Wire } from './proxy.ts';

const TOTAL = 300 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');
const proxy = await startTestProxy();

/** Sends as fast as it is read. */
function flood(wire: Wire, piece: Buffer, count: { sent: number }): void {
  const more = (): void => {
    while (count.sent < TOTAL && !wire.socket.destroyed) {
      count.sent += piece.length;
      if (!wire.socket.write(piece)) return void wire.socket.once('drain', more);
    }
  };
  more();
}

/** Waits until nothing more is sent. */
async function settled(count: { sent: number }): Promise<void> {
  let previous = -1;
  while (count.sent !== previous && count.sent < TOTAL) {
    previous = count.sent;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

function report(name: string, before: number, count: { sent: number }): void {
  const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 102.4) / 10;
  const grownMiB = mebibytes(process.memoryUsage.rss() - before);
  process.stdout.write(`${JSON.stringify({ name, grownMiB, sentMiB: mebibytes(count.sent) })}\n`);
}

async function measure(
  name: string,
  head: string,
  piece: Buffer,
  start: (authority: string) => Promise<() => void>,
): Promise<void> {
  const count = { sent: 0 };
  const server = await serveRaw(
    (wire) => {
      // A connection that is only kept ready gets no request.
      const asked = wire.until('\r\n\r\n').then(() => {
        wire.send(head);
        flood(wire, piece, count);
      });
      asked.catch(() => {});
    },
    { context: await proxy.contextFor('origin.localhost'), alpn: ['http/1.1'] },
  );
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const end = await start(server.authority);
  await settled(count);
  report(name, before, count);
  end();
  server.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 314572800\r\n\r\n';

async function stalled(authority: string, request: string): Promise<() => void> {
  const wire = await openTls(proxy, authority, { alpn: ['http/1.1'] });
  wire.send(request);
  wire.socket.pause();
  return () => wire.destroy();
}

await measure('http/1.1', CHUNKED, PIECE, (authority) => stalled(authority, `GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`));
await measure('h2', CHUNKED, PIECE, async (authority) => {
  const session = await openHttp2(proxy, authority);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => undefined);
  return () => session.destroy();
});
const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
await measure(
  'compressed JSON',
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 314572800\r\n\r\n',
  gzipSync(`["${randomBytes(64 * 1024).toString('base64')}",`),
  (authority) => stalled(authority, `POST / HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
);
await measure('websocket refused', CHUNKED, PIECE, (authority) =>
  stalled(
    authority,
    `GET / HTTP/1.1\r\nHost: ${authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ),
);
{
  // The same with HTTP/2 on both sides: what the server may send is bounded by its window.
  const count = { sent: 0 };
  const server = await serveHttp2(proxy, (stream) => {
    stream.respond({ ':status': 200 });
    const more = (): void => {
      while (count.sent < TOTAL && !stream.destroyed) {
        count.sent += PIECE.length;
        if (!stream.write(PIECE)) return void stream.once('drain', more);
      }
    };
    more();
  });
  const before = process.memoryUsage.rss();
  const session = await openHttp2(proxy, server.authority);
  session.request({ ':path': '/' }).on('error', () => undefined);
  await settled(count);
  report('h2 to h2', before, count);
  session.destroy();
  server.close();
}
await proxy.stop();
process.exit(0);
