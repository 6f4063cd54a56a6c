// The server behind the proxies, in a process of its own: fixed answers over TLS, as cheap as Node allows.
//
// The last port is the same without TLS.
//
// POST /mcp and /api/orders: 969 bytes of JSON. GET /bytes/N: N bytes, paced by the reader. GET /events/MS: an event stream with one
// event every MS milliseconds, each carrying the monotonic time at which it was written. Anything else: 404.

import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { mcpCall, plainCall, responseBytes } from './messages.ts';

interface Site {
  certificate: string;
  key: string;
  addresses: string[];
}

const answers = new Map([mcpCall, plainCall].map((exchange) => [exchange.path, responseBytes(exchange)]));
const NOT_FOUND = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
const FILLER = Buffer.alloc(64 * 1024, 'daylight ');

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = pending.toString('latin1', 0, headEnd);
      const end = requestEnd(pending, head, headEnd + 4);
      if (end === undefined || end > pending.length) return;
      pending = pending.subarray(end);
      answer(socket, head.split(' ', 2)[1] ?? '/');
    }
  });
}

/** Where the request that starts the buffer ends, or undefined while that is not known. */
function requestEnd(bytes: Buffer, head: string, bodyStart: number): number | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return bodyStart + Number(length);
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return bodyStart;
  const last = bytes.indexOf('0\r\n\r\n', bodyStart);
  return last < 0 ? undefined : last + 5;
}

function answer(socket: Socket, target: string): void {
  const path = target.startsWith('/') ? target : new URL(target).pathname;
  const fixed = answers.get(path);
  const [, kind, argument] = path.split('/');
  if (fixed) socket.write(fixed);
  else if (kind === 'bytes') sendBytes(socket, Number(argument));
  else if (kind === 'events') sendEvents(socket, Number(argument));
  else socket.write(NOT_FOUND);
}

function sendBytes(socket: Socket, total: number): void {
  let left = total;
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: ${total}\r\n\r\n`);
  const fill = () => {
    while (left > 0) {
      const part = left < FILLER.length ? FILLER.subarray(0, left) : FILLER;
      left -= part.length;
      if (!socket.write(part)) return;
    }
    socket.off('drain', fill);
  };
  socket.on('drain', fill);
  fill();
}

function sendEvents(socket: Socket, every: number): void {
  socket.write(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  let index = 0;
  const timer = setInterval(() => {
    const message = {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 7, progress: index++, message: 'working' },
    };
    const event = `event: message\ndata: ${JSON.stringify(message)}\n: sent ${process.hrtime.bigint()}\n\n`;
    socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
  }, every);
  socket.on('close', () => clearInterval(timer));
}

/** Listens for one site on all its addresses, on one port. An address that this machine does not have is left out. */
async function listen(site: Site): Promise<number> {
  const tls = createServer({
    cert: site.certificate,
    key: site.key,
    minVersion: 'TLSv1.3',
    ecdhCurve: 'X25519',
    ALPNProtocols: ['http/1.1'],
  });
  tls.on('secureConnection', serve);
  tls.on('tlsClientError', () => {});
  let port = 0;
  for (const address of site.addresses) {
    const tcp = createTcpServer((socket) => tls.emit('connection', socket));
    const listening = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false));
      tcp.listen(port, address, 4096, () => resolve(true));
    });
    const bound = listening && tcp.address();
    if (bound && typeof bound === 'object') port = bound.port;
  }
  return port;
}

process.once('message', async ({ sites }: { sites: Site[] }) => {
  const ports: number[] = [];
  for (const site of sites) ports.push(await listen(site));
  const plain = createTcpServer(serve);
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', 4096, resolve));
  ports.push((plain.address() as AddressInfo).port);
  process.send?.({ ports });
});
process.on('disconnect', () => process.exit(0));
