// Who uses MCP, and how; and forgetting somebody.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { DaylightError } from '../../errors.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { ApiProblem, notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf, scopeQuery } from './scope.ts';
import { forgetBody, forgetResult, pageOf, person, personDetails } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

const position = z.object({ ts: z.number().min(0), id: z.string().max(2_048) });

type Needed = Pick<ApiOptions, 'reports' | 'forget' | 'audit' | 'now' | 'onFault'>;

export function peopleRoutes({ reports, forget, audit, now, onFault }: Needed, share: Share) {
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
  app.openapi(
    createRoute({
      method: 'post',
      path: '/people/forget',
      ...needs('admin'),
      tags: ['people'],
      summary: 'Delete everything that is stored about a user, for good',
      description: 'Recorded under a pseudonym: the name itself would keep what was to be forgotten. The audit log stays.',
      request: { body: body(forgetBody) },
      responses: {
        200: json('What was deleted.', forgetResult),
        400: no('The body is wrong, or the name was not confirmed.'),
        503: no('It takes longer, or the store does not answer.'),
      },
    }),
    async (context) => {
      const { user, comment } = context.req.valid('json');
      const act = { actor: context.get('who').name, action: 'events.delete-user', objectType: 'user', reason: comment };
      const { alias, tables, waiting } = await forget(user).catch((error: unknown) => {
        if (!(error instanceof DaylightError && error.code === 'ERR_STORE')) throw error;
        audit({ ...act, objectId: '', outcome: 'error' });
        throw new ApiProblem(503, { code: 'unfinished', message: error.message });
      });
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const after = JSON.stringify(Object.fromEntries(tables.map((each) => [each.table, each.rows])));
      audit({ ...act, objectId: alias, after });
      return context.json({ rows, tables, waiting }, 200);
    },
  );
  return app;
}
