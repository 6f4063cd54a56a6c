// Proxy tokens: everybody makes, sees and revokes their own; administrators do so for others. A token is shown once. Revoking is also for
// API tokens, so that leaving the organisation can be automated; making one is not: a token must not make others.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type Access, type ProxyToken, reaches } from '../../account.ts';
import { apiRoutes, body, json, no } from './api-routes.ts';
import { requireSession } from './guard.ts';
import { refuse } from './refuse.ts';
import { proxyToken } from './shapes/session.ts';

export interface ProxyTokensOptions {
  access: Access;
  /** Where programs reach the proxy. */
  proxyUrl(): string;
  onFault(error: Error): void;
}

const label = z.string().trim().min(1).max(256);
const wanted = z.object({
  name: z.string().trim().min(1).max(100),
  /** How long it can be used. */
  days: z.int().min(1).max(365).default(90),
  /** For somebody else: administrators only. */
  user: label.optional(),
  /** Beside those that the user's sign-in tells: administrators only. */
  groups: z.array(label).max(50).default([]),
});

const shown = ({ groups, ...rest }: ProxyToken) => ({ ...rest, groups: [...groups] });

/** Paths start below /api. */
export function proxyTokenRoutes({ access, proxyUrl, onFault }: ProxyTokensOptions) {
  const { proxyTokens } = access;
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/proxy-tokens',
      request: { query: z.object({ all: z.enum(['true', 'false']).default('false') }) },
      responses: {
        200: json(
          'The proxy tokens, newest first; those that have ended are shown for 30 days.',
          z.object({ items: z.array(proxyToken), next: z.null() }),
        ),
        403: no('Those of others are for administrators.'),
      },
    }),
    (context) => {
      const { name, role } = context.get('who');
      const all = context.req.valid('query').all === 'true';
      if (all && !reaches(role, 'admin'))
        return refuse(context, 403, { code: 'role', message: `This needs the role admin; yours is ${role}.` });
      return context.json({ items: proxyTokens.list(all ? undefined : name).map(shown), next: null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/proxy-tokens',
      middleware: requireSession(),
      request: { body: body(wanted) },
      responses: {
        200: json(
          'The token, which is not shown again, and where programs reach the proxy.',
          proxyToken.extend({ token: z.string(), proxyUrl: z.string() }),
        ),
        403: no('Tokens and groups for others are given by administrators.'),
      },
    }),
    (context) => {
      const { name: self, role } = context.get('who');
      const { name, days, user = self, groups } = context.req.valid('json');
      if (!reaches(role, 'admin') && (user !== self || groups.length > 0)) {
        const message = `This needs the role admin; yours is ${role}. Make one for yourself, without groups.`;
        return refuse(context, 403, { code: 'role', message, field: user === self ? 'groups' : 'user' });
      }
      const made = proxyTokens.issue({ name, days, user, groups }, self);
      return context.json({ ...shown(made), token: made.token, proxyUrl: proxyUrl() }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/proxy-tokens/{id}',
      request: { params: z.object({ id: z.string().max(20) }) },
      responses: { 204: { description: 'The token does not count any more.' }, 404: no('There is no such token of yours.') },
    }),
    (context) => {
      const { name, role } = context.get('who');
      const { id } = context.req.valid('param');
      const found = proxyTokens.list(reaches(role, 'admin') ? undefined : name).some((token) => token.id === id);
      if (!found) return refuse(context, 404, { code: 'not-found', message: `There is no proxy token ${JSON.stringify(id)}.` });
      proxyTokens.revoke(id, name);
      return context.body(null, 204);
    },
  );
  return app;
}
