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
      description:
        'Also their proxy tokens, requests for approval and notes. Recorded under a pseudonym: the name itself would keep what was to be forgotten. `kept` says what still names them, and why.',
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
      const { record, ...done } = await forget(user).catch((error: unknown) => {
        if (!(error instanceof DaylightError && error.code === 'ERR_STORE')) throw error;
        audit({ ...act, objectId: '', outcome: 'error' });
        throw new ApiProblem(503, { code: 'unfinished', message: error.message });
      });
      const rows = done.tables.reduce((sum, table) => sum + table.rows, 0);
      audit({ ...act, ...record });
      return context.json({ rows, ...done }, 200);
    },
  );
  return app;
}
