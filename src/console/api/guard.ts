// Decides who sends a request below /api, and whether they may.
//
// In this order: a request from another site that could change something (or opens a WebSocket) is refused; an API token in
// `Authorization: Bearer` counts, and no cookie beside it; else the session of the cookie, whose changes must carry its CSRF token; else
// only the routes of signing in are answered. What a route needs beyond a sign-in it says with `requireRole`.

import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { type Account, type ApiToken, type Role, reaches, type Session, type Who } from '../../account.ts';
import type { ServerBindings } from '../listen.ts';
import { refuse } from './refuse.ts';
import { readSessionCookie } from './session-cookie.ts';
import { isOwnOrigin } from './site.ts';

/** What routes behind the guard know. */
export interface GuardEnv extends ServerBindings {
  Variables: {
    /** Whoever sent the request. Set on every route that needs a sign-in. */
    who: Who;
    /** Present when they came with a cookie. `id` is the secret in it. */
    session?: { id: string } & Session;
  };
}

export interface GuardOptions {
  /** Whose session this is. @param touch false: the request does not count as activity */
  session(id: string, touch: boolean): Session | undefined;
  /** Whose API token this is. */
  token(text: string): { token: ApiToken; account: Account } | undefined;
  /** Address under which people reach the console, '' if it has none of its own. */
  publicUrl: string;
}

/** The routes that answer people who have not signed in. */
const OPEN = new Set([
  'GET /api/session',
  'POST /api/session',
  'POST /api/invite',
  'GET /api/oidc/start',
  'GET /api/oidc/callback',
]);
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createGuard(options: GuardOptions): MiddlewareHandler<GuardEnv> {
  return createMiddleware<GuardEnv>(async (context, next) => {
    const { req } = context;
    const changes = !READING.has(req.method);
    const origin = req.header('origin');
    if ((changes || req.header('upgrade') !== undefined) && origin !== undefined && !isOwnOrigin(context, options.publicUrl))
      return refuse(context, 403, { code: 'other-site', message: `Requests from ${origin.slice(0, 200)} are not taken.` });

    const open = OPEN.has(`${req.method === 'HEAD' ? 'GET' : req.method} ${req.path}`);
    const bearer = /^bearer\s+(\S+)$/i.exec(req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) {
      const found = options.token(bearer);
      if (!found) return notSignedIn(context, 'This API token is unknown or has expired.');
      context.set('who', { name: found.account.name, role: found.token.role, via: 'token' });
      return next();
    }

    const id = readSessionCookie(context, options.publicUrl);
    const session = id === undefined ? undefined : options.session(id, req.header('x-background') === undefined);
    if (id === undefined || !session) return open ? next() : notSignedIn(context, 'Sign in first.');
    if (changes && !open && !isSame(req.header('x-csrf-token') ?? '', session.csrf))
      return refuse(context, 403, { code: 'csrf', message: 'The header X-CSRF-Token is missing or wrong. Reload the page.' });
    context.set('who', { name: session.account.name, role: session.account.role, via: 'session' });
    context.set('session', { id, ...session });
    return next();
  });
}

/** Lets those pass who have this role or a stronger one. For routes behind the guard. */
export function requireRole(role: Role): MiddlewareHandler<GuardEnv> {
  return createMiddleware<GuardEnv>(async (context, next) => {
    const who = context.get('who') as Who | undefined;
    if (!who) return notSignedIn(context, 'Sign in first.');
    if (reaches(who.role, role)) return next();
    return refuse(context, 403, { code: 'role', message: `This needs the role ${role}; yours is ${who.role}.` });
  });
}

/** Lets those pass who have signed in themselves: an API token must not make others, or change how its owner signs in. */
export function requireSession(): MiddlewareHandler<GuardEnv> {
  return createMiddleware<GuardEnv>(async (context, next) => {
    if (context.get('session')) return next();
    return refuse(context, 403, { code: 'session', message: 'This cannot be done with an API token. Sign in to the console.' });
  });
}

/** Takes as long whichever letter is wrong. */
function isSame(said: string, right: string): boolean {
  return said.length === right.length && timingSafeEqual(Buffer.from(said, 'latin1'), Buffer.from(right, 'latin1'));
}

function notSignedIn(context: Context, message: string) {
  context.header('www-authenticate', 'Bearer');
  return refuse(context, 401, { code: 'not-signed-in', message });
}
