// What the console's address answers: what load balancers and people ask first (is it alive, is it ready, where are the events), and the
// page on which people ask for approval. It serves loopback by default and shows nothing that is not also in the log.

import { Hono } from 'hono';
import { type AskOptions, askRoutes } from './ask/routes.ts';
import { clientAddress, type ServerBindings } from './listen.ts';

export interface ConsoleStatus {
  /** Id of the rules and policy in force. */
  snapshot: string;
  /** Live worker processes. */
  workers: number;
  store: { ready: boolean; drain: { pendingSegments: number; pendingBytes: number; lagMs: number } };
}

export interface ConsoleOptions {
  status(): ConsoleStatus;
  /** Absent when requests for approval cannot be kept. */
  ask?: AskOptions | undefined;
}

/** Milliseconds that events may wait in the spool before the store counts as out of reach. */
const LAG_MS = 60_000;

export function createConsole({ status, ask }: ConsoleOptions): Hono<ServerBindings> {
  const app = new Hono<ServerBindings>();
  app.use(async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });
  if (ask) app.route('/ask', askRoutes(ask, clientAddress));
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    const now = status();
    const ready = now.workers > 0 && now.store.ready && now.store.drain.lagMs < LAG_MS;
    return context.body(`${JSON.stringify({ ready, ...now })}\n`, ready ? 200 : 503, { 'content-type': 'application/json' });
  });
  app.get('/', (context) =>
    context.text('Daylight runs. See events with: bin/daylight events tail\nHealth: /healthz, /readyz\n'),
  );
  app.notFound((context) =>
    context.req.method === 'GET' || context.req.method === 'HEAD'
      ? context.text('Not found. Try /healthz or /readyz.\n', 404)
      : context.text('Only GET is answered here.\n', 405),
  );
  return app;
}
