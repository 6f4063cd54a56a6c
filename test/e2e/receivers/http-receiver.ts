// An HTTP server in this process that keeps what it got, and answers as it is told: the ground that receivers of sinks stand on, and
// the faults that any of them can have.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** After decompression. */
  body: Buffer;
}

export type Respond = (request: Received, response: ServerResponse) => void;

export interface HttpReceiver {
  url: string;
  requests: Received[];
  /** Answers the next requests in place of the receiver, until it is undefined again. */
  fault: Respond | undefined;
  /** Closes the connections that are kept open between requests. */
  closeIdle(): void;
  close(): Promise<void>;
}

export async function startHttpReceiver(respond: Respond, tls?: { cert: string; key: string }): Promise<HttpReceiver> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => {});
    request.on('end', () => {
      const whole = Buffer.concat(pieces);
      const received = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: request.headers['content-encoding'] === 'gzip' && !isObject(request) ? gunzipSync(whole) : whole,
      };
      receiver.requests.push(received);
      (receiver.fault ?? respond)(received, response);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: HttpReceiver = {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: undefined,
    closeIdle: () => server.closeIdleConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

/** Objects in a bucket are kept as they came. */
function isObject(request: IncomingMessage): boolean {
  return request.headers['x-amz-content-sha256'] !== undefined;
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** What a receiver can do wrong, by name; `trap` is where a redirect leads. */
export function faultsOf(trap: string): Record<string, Respond> {
  return {
    'is slow': () => {},
    'answers 500': (_request, response) => response.writeHead(500).end('oops'),
    'answers half a body': (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"code":0,"errors":false', () => response.destroy());
    },
    'redirects to a private address': (_request, response) =>
      response.writeHead(307, { location: `${trap}/latest/meta-data` }).end(),
    'answers garbage': (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":]['),
    'answers a page': (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    'breaks the connection': (_request, response) => response.socket?.destroy(),
    'answers without end': (_request, response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    },
  };
}
