// Signing in and out, with a password, a link or the OpenID provider, and what people change about their own account.
//
// The session is in a cookie that scripts cannot read; the CSRF token for changes is in the answer. Wrong name, password and code get the
// same answer.

import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { type Access, nameProblem, passwordProblem, type Role, type Session, type SignIn } from '../../account.ts';
import { DaylightError } from '../../errors.ts';
import { clientAddress } from '../listen.ts';
import { apiRoutes, body, json, no } from './api-routes.ts';
import { type GuardEnv, requireSession } from './guard.ts';
import { refuse } from './refuse.ts';
import { dropSessionCookie, writeSessionCookie } from './session-cookie.ts';
import { noSession, session as sessionShape } from './shapes/session.ts';

export interface SessionOptions {
  access: Access;
  /** Address under which people reach the console, '' if it has none of its own. */
  publicUrl: string;
  /** Present where an OpenID provider is configured. `role`: the strongest that its groups can give. */
  oidc?: { role: Role } | undefined;
  idleMinutes: number;
  version: string;
  sensor: string;
  onFault(error: Error): void;
}

/** As long as a session can last, seconds. */
const COOKIE_S = 12 * 3_600;
const text = z.string().max(1_024);
const totp = z.object({ code: z.string().max(16).optional() });
const signedIn = json('Signed in.', sessionShape);
const tooMany = no('Too many attempts; `Retry-After` says when to try again.');

/** Paths start below /api. */
export function sessionRoutes(options: SessionOptions) {
  const { access, publicUrl } = options;
  const app = apiRoutes(options.onFault);

  const shown = ({ account, csrf }: Session) => {
    const { name, role, provider, totp } = account;
    const { idleMinutes, version, sensor } = options;
    return { signedIn: true as const, user: { name, role, provider, totp }, csrf, idleMinutes, version, sensor };
  };
  const signedOut = (context: Context<GuardEnv>) => {
    const needsSetup = options.oidc?.role !== 'admin' && !access.accounts().some(({ role }) => role === 'admin');
    return context.json({ signedIn: false as const, oidc: options.oidc !== undefined, needsSetup }, 200);
  };
  function answer(context: Context<GuardEnv>, result: SignIn) {
    if (result.is === 'in') {
      writeSessionCookie(context, publicUrl, result.id, COOKIE_S);
      return context.json(shown(result.session), 200);
    }
    if (result.is === 'too-many') {
      context.header('retry-after', String(result.retryAfter));
      const message = `Too many attempts. Try again in ${result.retryAfter} seconds.`;
      return refuse(context, 429, { code: 'too-many', message });
    }
    if (result.is === 'totp-required')
      return refuse(context, 401, {
        code: 'totp-required',
        message: 'Enter the six digits of your authenticator app.',
        field: 'totp',
      });
    return refuse(context, 401, { code: 'wrong', message: 'Name, password or code is wrong.' });
  }
  const badPassword = (context: Context<GuardEnv>, field: string, message: string) =>
    refuse(context, 400, { code: 'password', message, field });

  app.openapi(
    createRoute({
      method: 'get',
      path: '/session',
      responses: { 200: json('Who is signed in; `signedIn` is false for nobody.', z.union([sessionShape, noSession])) },
    }),
    (context) => {
      const session = context.get('session');
      return session ? context.json(shown(session), 200) : signedOut(context);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/session',
      request: { body: body(z.object({ name: text, password: text, totp: text.optional() })) },
      responses: { 200: signedIn, 401: no('Wrong, or a code is needed.'), 429: tooMany },
    }),
    async (context) => {
      const before = context.get('session');
      const result = await access.signIn({ ...context.req.valid('json'), address: clientAddress(context) });
      // Whatever session this browser had before: nobody shall find it again.
      if (result.is === 'in' && before) access.signOut(before.id, false);
      return answer(context, result);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/session',
      request: { query: z.object({ everywhere: z.enum(['true', 'false']).default('false') }) },
      middleware: requireSession(),
      responses: { 204: { description: 'Signed out.' }, 401: no('Not signed in.') },
    }),
    (context) => {
      access.signOut(context.get('session')?.id ?? '', context.req.valid('query').everywhere === 'true');
      dropSessionCookie(context, publicUrl);
      return context.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/invite',
      request: { body: body(z.object({ token: text, name: text, password: text })) },
      responses: {
        200: signedIn,
        400: no('This name or password will not do.'),
        401: no('The account has changed meanwhile.'),
        404: no('The link cannot be used.'),
        429: tooMany,
      },
    }),
    async (context) => {
      const { token, name, password } = context.req.valid('json');
      const wrongName = nameProblem(name.trim());
      if (wrongName) return refuse(context, 400, { code: 'name', message: wrongName, field: 'name' });
      const wrongPassword = passwordProblem(password);
      if (wrongPassword) return badPassword(context, 'password', wrongPassword);
      try {
        const result = await access.acceptInvite(token, name, password, clientAddress(context));
        if (result) return answer(context, result);
      } catch (error) {
        if (!(error instanceof DaylightError) || error.code !== 'ERR_USAGE') throw error;
        return refuse(context, 400, { code: 'name', message: error.message, field: 'name' });
      }
      const message = 'This link was used, has expired, or was not copied whole. Ask for a new one: daylight admin invite';
      return refuse(context, 404, { code: 'invite', message });
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/session/password',
      request: { body: body(z.object({ old: text, new: text })) },
      middleware: requireSession(),
      responses: { 200: signedIn, 400: no('The new password will not do.'), 401: no('The old one is wrong.'), 429: tooMany },
    }),
    async (context) => {
      const { old, new: wanted } = context.req.valid('json');
      const problem = passwordProblem(wanted);
      if (problem) return badPassword(context, 'new', problem);
      const result = await access.changePassword(context.get('session')?.id ?? '', old, wanted, clientAddress(context));
      if (result.is !== 'wrong') return answer(context, result);
      return refuse(context, 401, { code: 'wrong', message: 'The old password is wrong.', field: 'old' });
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/session/totp',
      request: { body: body(totp) },
      middleware: requireSession(),
      responses: {
        200: json(
          'The secret, to be confirmed with a code; or that it is.',
          z.object({ secret: z.string(), url: z.string() }).or(z.object({ confirmed: z.literal(true) })),
        ),
        400: no('The code is wrong, or there is a second factor already.'),
      },
    }),
    (context) => {
      const { name } = context.get('who');
      const { code } = context.req.valid('json');
      if (code === undefined) return context.json(access.offerTotp(name), 200);
      if (access.confirmTotp(name, code)) return context.json({ confirmed: true } as const, 200);
      const message = 'This code is wrong. Check the clock of the device, and enter the digits that it shows now.';
      return refuse(context, 400, { code: 'totp', message, field: 'code' });
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/session/totp',
      request: { body: body(z.object({ password: text })) },
      middleware: requireSession(),
      responses: {
        204: { description: 'There is no second factor any more.' },
        401: no('The password is wrong.'),
        429: tooMany,
      },
    }),
    async (context) => {
      const { password } = context.req.valid('json');
      const result = await access.removeTotp(context.get('session')?.id ?? '', password, clientAddress(context));
      if (result.is === 'in') return context.body(null, 204);
      if (result.is !== 'wrong') return answer(context, result);
      return refuse(context, 401, { code: 'wrong', message: 'The password is wrong.', field: 'password' });
    },
  );
  return app;
}
