// Everything of the API that has to do with signing in: the guard in front of all routes, and the routes of sessions, accounts and tokens.

import type { OpenAPIHono } from '@hono/zod-openapi';

import type { Access, Invite, OidcSignIn } from '../../account.ts';
import { bodyLimit } from '../body-limit.ts';
import { accountRoutes } from './accounts.ts';
import { createGuard, type GuardEnv } from './guard.ts';
import { oidcRoutes } from './oidc.ts';
import { proxyTokenRoutes } from './proxy-tokens.ts';
import { refuse } from './refuse.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';

export interface SignInOptions {
  access: Access;
  /** Absent where none is configured. */
  oidc?: OidcSignIn | undefined;
  /** Address under which people reach the console, '' if it has none of its own. */
  publicUrl: string;
  /** Where programs reach the proxy. */
  proxyUrl(): string;
  /** The link that carries an invite. */
  linkTo(invite: Invite): string;
  idleMinutes: number;
  version: string;
  sensor: string;
  /** Signing in with the OpenID provider did not work. */
  onFailure(error: Error): void;
  onFault(error: Error): void;
}

const MAX_BODY = 16 * 1024;

/** Puts guard and routes into an app whose paths start below /api. Before all other routes: the guard is for those that follow. */
export function mountSignIn(api: OpenAPIHono<GuardEnv>, options: SignInOptions): void {
  const { access, publicUrl } = options;
  const short = bodyLimit({
    maxSize: MAX_BODY,
    onError: (context) => refuse(context, 413, { code: 'too-large', message: 'This request is too large.' }),
  });
  for (const path of ['/session/*', '/invite', '/accounts/*', '/tokens/*', '/proxy-tokens/*']) api.use(path, short);
  api.use('*', createGuard({ session: access.session, token: access.token, publicUrl }));
  api.route('/', sessionRoutes(options));
  api.route('/', oidcRoutes({ ...options, oidc: options.oidc }));
  api.route('/', accountRoutes(options));
  api.route('/', tokenRoutes(options));
  api.route('/', proxyTokenRoutes(options));
}
