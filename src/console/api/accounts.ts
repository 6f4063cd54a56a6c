// Who may use the console: for administrators. Changes hold from the next request on.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type Access, type Invite, ROLES } from '../../account.ts';
import { DaylightError } from '../../errors.ts';
import { apiRoutes, body, json, no } from './api-routes.ts';
import { requireRole } from './guard.ts';
import { refuse } from './refuse.ts';
import { account } from './shapes/session.ts';

export interface AccountsOptions {
  access: Access;
  /** The link that carries an invite. */
  linkTo(invite: Invite): string;
  onFault(error: Error): void;
}

const middleware = requireRole('admin');
const role = z.enum(ROLES);
const params = z.object({ name: z.string() });
const link = json('A link that can be used once.', z.object({ url: z.string(), expires: z.number() }));
const unknown = no('There is no such account.');
const conflict = no('This cannot be done.');

/** Paths start below /api. */
export function accountRoutes({ access, linkTo, onFault }: AccountsOptions) {
  const app = apiRoutes(onFault);
  const known = (name: string) => access.accounts().find((each) => each.name === name);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/accounts',
      middleware,
      responses: { 200: json('All accounts.', z.object({ items: z.array(account), next: z.null() })) },
    }),
    (context) => context.json({ items: access.accounts(), next: null }, 200),
  );

  const inviteBody = { body: body(z.object({ role })) };
  for (const path of ['/accounts', '/accounts/invite'])
    app.openapi(createRoute({ method: 'post', path, middleware, request: inviteBody, responses: { 200: link } }), (context) => {
      const invite = access.invite(context.req.valid('json').role, context.get('who').name);
      return context.json({ url: linkTo(invite), expires: invite.expires }, 200);
    });

  app.openapi(
    createRoute({
      method: 'patch',
      path: '/accounts/{name}',
      middleware,
      request: { params, body: body(z.object({ role })) },
      responses: { 200: json('The account.', account), 404: unknown, 409: conflict },
    }),
    (context) => {
      const { name } = context.req.valid('param');
      if (!known(name))
        return refuse(context, 404, { code: 'not-found', message: `There is no account ${JSON.stringify(name)}.` });
      const { role } = context.req.valid('json');
      const done = attempt(() => access.changeRole(name, role, context.get('who').name));
      return 'problem' in done
        ? refuse(context, 409, { code: 'conflict', message: done.problem })
        : context.json(done.value, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/accounts/{name}',
      middleware,
      request: { params },
      responses: { 204: { description: 'The account is gone, with its sessions and tokens.' }, 404: unknown, 409: conflict },
    }),
    (context) => {
      const { name } = context.req.valid('param');
      if (!known(name))
        return refuse(context, 404, { code: 'not-found', message: `There is no account ${JSON.stringify(name)}.` });
      const done = attempt(() => access.removeAccount(name, context.get('who').name));
      return 'problem' in done ? refuse(context, 409, { code: 'conflict', message: done.problem }) : context.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/accounts/{name}/reset',
      middleware,
      request: { params },
      responses: { 200: link, 404: unknown, 409: conflict },
    }),
    (context) => {
      const { name } = context.req.valid('param');
      if (!known(name))
        return refuse(context, 404, { code: 'not-found', message: `There is no account ${JSON.stringify(name)}.` });
      const done = attempt(() => access.inviteToReset(name, context.get('who').name));
      if ('problem' in done) return refuse(context, 409, { code: 'conflict', message: done.problem });
      return context.json({ url: linkTo(done.value), expires: done.value.expires }, 200);
    },
  );
  return app;
}

/** What cannot be done is an answer, not a fault. */
function attempt<T>(act: () => T): { value: T } | { problem: string } {
  try {
    return { value: act() };
  } catch (error) {
    if (error instanceof DaylightError && error.code === 'ERR_USAGE') return { problem: error.message };
    throw error;
  }
}
