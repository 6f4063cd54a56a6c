// API tokens: everybody has their own; administrators see and end those of others. A token is shown once, and cannot make others.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type Access, ROLES, reaches } from '../../account.ts';
import { apiRoutes, body, json, no } from './api-routes.ts';
import { requireSession } from './guard.ts';
import { refuse } from './refuse.ts';
import { apiToken } from './shapes/session.ts';

export interface TokensOptions {
  access: Access;
  onFault(error: Error): void;
}

const middleware = requireSession();
const wanted = z.object({
  name: z.string().trim().min(1).max(100),
  role: z.enum(ROLES),
  /** How long it can be used. */
  days: z.int().min(1).max(365).default(90),
});

/** Paths start below /api. */
export function tokenRoutes({ access, onFault }: TokensOptions) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/tokens',
      request: { query: z.object({ all: z.enum(['true', 'false']).default('false') }) },
      responses: {
        200: json('The tokens that can be used.', z.object({ items: z.array(apiToken), next: z.null() })),
        403: no('Those of others are for administrators.'),
      },
    }),
    (context) => {
      const { name, role } = context.get('who');
      const all = context.req.valid('query').all === 'true';
      if (all && !reaches(role, 'admin'))
        return refuse(context, 403, { code: 'role', message: `This needs the role admin; yours is ${role}.` });
      return context.json({ items: access.tokens(all ? undefined : name), next: null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/tokens',
      middleware,
      request: { body: body(wanted) },
      responses: {
        200: json('The token. It is not shown again.', apiToken.extend({ token: z.string() })),
        403: no('Nobody can give more than they have.'),
      },
    }),
    (context) => {
      const { name, role } = context.get('who');
      const asked = context.req.valid('json');
      if (!reaches(role, asked.role))
        return refuse(context, 403, { code: 'role', message: `Your role is ${role}: a token cannot have more.`, field: 'role' });
      return context.json(access.createToken(name, asked), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/tokens/{id}',
      middleware,
      request: { params: z.object({ id: z.string() }) },
      responses: { 204: { description: 'The token cannot be used any more.' }, 404: no('There is no such token of yours.') },
    }),
    (context) => {
      const { name, role } = context.get('who');
      const { id } = context.req.valid('param');
      const found = access.tokens(reaches(role, 'admin') ? undefined : name).some((token) => token.id === id);
      if (!found) return refuse(context, 404, { code: 'not-found', message: `There is no token ${JSON.stringify(id)}.` });
      access.removeToken(id, name);
      return context.body(null, 204);
    },
  );
  return app;
}
