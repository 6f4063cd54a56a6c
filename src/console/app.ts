// What the console's address answers: what load balancers and people ask first (is it alive, is it ready, where are the events), the
// page on which people ask for approval, and how clients are set up. Everything else needs an account: the API looks at who asks (api/guard.ts).

import { OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import type { GuardEnv } from './api/guard.ts';
import { mountApi } from './api/mount.ts';
import type { ApiOptions } from './api/options.ts';
import { refuse } from './api/refuse.ts';
import { mountSignIn, type SignInOptions } from './api/sign-in.ts';
import { apiDocument } from './api-document.ts';
import { type AskOptions, askRoutes } from './ask/routes.ts';
import { answerDocs } from './docs.ts';
import { headers } from './headers.ts';
import { clientAddress, type Sender, type ServerBindings } from './listen.ts';
import { answerMetrics, type MetricsDoor } from './metrics.ts';
import { answerPac, type SetupOptions, setupRoutes } from './setup/routes.ts';
import type { Page } from './static.ts';

export interface ConsoleStatus {
  /** Id of the rules and policy in force. */
  snapshot: string;
  rules: number;
  /** Worker processes that take clients. */
  workers: number;
  /** Epoch milliseconds; 0 without a CA. */
  ca: { expires: number };
  store: { ready: boolean; drain: { pendingSegments: number; pendingBytes: number; lagMs: number } };
}

export interface ConsoleOptions {
  status(): ConsoleStatus;
  /** Absent when requests for approval cannot be kept. */
  ask?: AskOptions | undefined;
  /** How clients are set up; absent in parts that have no CA. */
  setup?: SetupOptions | undefined;
  /** Absent when accounts cannot be read: nobody can sign in. */
  signIn?: SignInOptions | undefined;
  /** What the API shows and changes. */
  api?: ApiOptions | undefined;
  /** Absent where nobody may read them. */
  metrics?: MetricsDoor | undefined;
  /** The page that people use; absent where there is none to be served. */
  page?: Page | undefined;
}

/** Milliseconds that events may wait in the spool before the store counts as behind. */
const LAG_MS = 60_000;

export function createConsole({ status, ask, setup, signIn, api: options, metrics, page }: ConsoleOptions): Hono<ServerBindings> {
  const app = new Hono<ServerBindings>();
  app.use(headers(signIn?.publicUrl ?? ''));
  if (signIn) {
    const api = new OpenAPIHono<GuardEnv>();
    mountSignIn(api, signIn);
    if (options) mountApi(api, options);
    app.route('/api', api);
    // They hold no data: whoever writes a client may read them first.
    app.get('/openapi.json', (context) => context.json(apiDocument(api, signIn.version)));
    app.get('/docs', (context) => answerDocs(context, apiDocument(api, signIn.version)));
  }
  app.all('/api/*', (context) =>
    signIn
      ? refuse(context, 404, { code: 'not-found', message: 'There is no such route. See /docs.' })
      : refuse(context, 503, { code: 'accounts', message: 'Accounts cannot be read. The log of the appliance says why.' }),
  );
  if (ask) app.route('/ask', askRoutes(ask, clientAddress));
  if (setup) {
    const arrivalOf = (context: Sender) => ({ throughProxy: false, trustsCa: null, client: clientAddress(context) });
    app.route('/setup', setupRoutes(setup, '/setup', arrivalOf));
    // Where browsers look for them.
    for (const path of ['/proxy.pac', '/wpad.dat']) app.get(path, () => answerPac(setup));
  }
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    const now = status();
    const missing = missingOf(now, Date.now());
    const answer = { ready: missing.length === 0, missing, degraded: degradedOf(now), ...now };
    return context.body(`${JSON.stringify(answer)}\n`, answer.ready ? 200 : 503, { 'content-type': 'application/json' });
  });
  app.get('/metrics', (context) => answerMetrics(context, metrics));
  if (page) app.route('/', page.routes);
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

/** Without these, traffic is not inspected: no client should be sent here. */
function missingOf({ workers, rules, ca }: ConsoleStatus, now: number): string[] {
  const missing: string[] = [];
  if (workers === 0) missing.push('workers: none takes clients');
  if (rules === 0) missing.push('rules: none is in force');
  if (ca.expires === 0) missing.push('ca: there is none');
  else if (ca.expires <= now) missing.push('ca: it has expired');
  return missing;
}

/** What people should look at while clients are served all the same: events wait in the spool. */
function degradedOf({ store }: ConsoleStatus): string[] {
  if (!store.ready) return ['clickhouse: it does not answer'];
  return store.drain.lagMs < LAG_MS ? [] : ['spool: events wait for more than a minute'];
}
