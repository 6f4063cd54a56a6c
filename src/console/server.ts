// The console's listener. So far it answers what load balancers and people ask first: is it alive, is it ready, where are the
// events. It serves loopback by default and shows nothing that is not also in the log.

import { createServer } from 'node:http';

export interface ConsoleStatus {
  /** Id of the rules and policy in force. */
  snapshot: string;
  /** Live worker processes. */
  workers: number;
  store: { ready: boolean; drain: { pendingSegments: number; pendingBytes: number; lagMs: number } };
}

export interface Console {
  url: string;
  stop(): Promise<void>;
}

/** Milliseconds that events may wait in the spool before the store counts as out of reach. */
const LAG_MS = 60_000;

/** @param listen HOST:PORT; port 0 picks a free one */
export async function startConsole(listen: string, status: () => ConsoleStatus): Promise<Console> {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const now = status();
    const ready = now.workers > 0 && now.store.ready && now.store.drain.lagMs < LAG_MS;
    const answer = (code: number, type: string, body: string): void => {
      response
        .writeHead(code, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
        .end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'text/plain', 'Only GET is answered here.\n');
    else if (path === '/healthz') answer(200, 'text/plain', 'ok\n');
    else if (path === '/readyz') answer(ready ? 200 : 503, 'application/json', `${JSON.stringify({ ready, ...now })}\n`);
    else if (path === '/')
      answer(200, 'text/plain', 'Daylight runs. See events with: bin/daylight events tail\nHealth: /healthz, /readyz\n');
    else answer(404, 'text/plain', 'Not found. Try /healthz or /readyz.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: Number(listen.slice(colon + 1)) }, () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
