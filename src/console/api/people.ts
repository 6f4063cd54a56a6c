// Who uses MCP, and how.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf, scopeQuery } from './scope.ts';
import { pageOf, person, personDetails } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

const position = z.object({ ts: z.number().min(0), id: z.string().max(2_048) });

export function peopleRoutes({ reports, now, onFault }: Pick<ApiOptions, 'reports' | 'now' | 'onFault'>, share: Share) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/people',
      ...needs('viewer'),
      tags: ['people'],
      summary: 'Users of a span, last seen first; by address where nobody was identified',
      request: { query: pageQuery },
      responses: { 200: json('The users.', pageOf(person)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const page = { limit: limit + 1, after: positionOf(cursor, position) };
      const found = await share(scopeKey('people', scope, page), () => reports.people(scope, page));
      return context.json(
        pageFrom(found, limit, ({ lastSeen, user }) => ({ ts: lastSeen, id: user })),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/people/one',
      ...needs('viewer'),
      tags: ['people'],
      summary: 'One user: servers, tools, clients',
      request: { query: scopeQuery.extend({ user: z.string().min(1).max(500) }) },
      responses: { 200: json('The user.', personDetails), 400: no('A parameter is wrong.'), 404: no('Not seen in the span.') },
    }),
    async (context) => {
      const { user, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const found = await share(scopeKey('person', scope, user), () => reports.person(user, scope));
      if (!found) throw notFound('user', user);
      return context.json(found, 200);
    },
  );
  return app;
}
