// The first page: figures of a span, and how Daylight itself is doing.

import { createRoute } from '@hono/zod-openapi';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { scopeOf, scopeQuery } from './scope.ts';
import { health, mapShape, overview, type Sink } from './shapes.ts';
import type { Share } from './shared.ts';
import { scopeKey } from './shared.ts';

type Needed = Pick<ApiOptions, 'reports' | 'health' | 'sinks' | 'loaded' | 'now' | 'onFault'>;

/** The one that is furthest behind, and those whose receiver takes nothing now. */
function sinksHealth(sinks: readonly Sink[]) {
  return {
    count: sinks.length,
    lagMs: Math.max(0, ...sinks.map(({ lagMs }) => lagMs)),
    failing: sinks.filter(({ error }) => error !== '').map(({ name }) => name),
  };
}

export function overviewRoutes(options: Needed, share: Share) {
  const { reports, now, loaded } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/overview',
      ...needs('viewer'),
      tags: ['overview'],
      summary: 'Figures of a span, with those of the span before',
      request: { query: scopeQuery },
      responses: { 200: json('The figures.', overview), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const scope = scopeOf(context.req.valid('query'), now());
      return context.json(await share(scopeKey('overview', scope), () => reports.overview(scope)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      ...needs('viewer'),
      tags: ['overview'],
      summary: 'How Daylight itself is doing',
      responses: { 200: json('Proxy, CA, rules, spool, store, policy.', health) },
    }),
    async (context) => {
      const { workers, snapshot, store, ca } = await share('health', () => options.health());
      const { source } = loaded();
      const { default: mode, pause } = source.policy.modes;
      const until = pause === undefined ? 0 : Date.parse(pause.until);
      const { subject, expires, fingerprint } = ca;
      return context.json(
        {
          proxy: { workers },
          ca: { subject, expires, fingerprint },
          rules: { snapshot, count: source.rules.length },
          spool: { pendingBytes: store.pendingBytes, lagMs: store.lagMs },
          clickhouse: { ready: store.ready, message: store.message },
          sinks: sinksHealth(options.sinks.list()),
          policy: { default: mode, pauseUntil: until > now() ? until : null },
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/map',
      ...needs('viewer'),
      tags: ['overview'],
      summary: 'Who uses which tools of which servers, as nodes and links',
      request: { query: scopeQuery },
      responses: { 200: json('Bounded: the most used.', mapShape), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const scope = scopeOf(context.req.valid('query'), now());
      return context.json(await share(scopeKey('map', scope), () => reports.map(scope)), 200);
    },
  );
  return app;
}
