// A receiver of webhooks for tests: what it answers can be changed while it runs, and it keeps what it took.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Request {
  headers: IncomingMessage['headers'];
  body: string;
  path: string;
}

export type Behaviour = (request: Request, response: ServerResponse) => void;

export interface Receiver {
  url: string;
  /** Requests that were answered with 2xx. */
  taken: Request[];
  /** All requests. */
  count(): number;
  behave(how: Behaviour): void;
  stop(): Promise<void>;
}

export const TAKE: Behaviour = (_request, response) => void response.end('ok');

export async function startReceiver(): Promise<Receiver> {
  let how = TAKE;
  let count = 0;
  const taken: Request[] = [];
  const server = createServer(async (request, response) => {
    count++;
    let body = '';
    try {
      for await (const piece of request) body += piece;
    } catch {
      return;
    }
    const read = { headers: request.headers, body, path: request.url ?? '' };
    response.on('finish', () => response.statusCode < 300 && taken.push(read));
    how(read, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    count: () => count,
    behave(next) {
      how = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
