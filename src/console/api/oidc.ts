// Signing in with the OpenID provider: there and back. What has to be remembered on the way is in a cookie, sealed; it is SameSite=Lax,
// because the provider's page sends the browser back.

import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Access, OidcSignIn } from '../../account.ts';
import { clientAddress } from '../listen.ts';
import { apiRoutes } from './api-routes.ts';
import { refuse } from './refuse.ts';
import { writeSessionCookie } from './session-cookie.ts';
import { isSecure } from './site.ts';

export interface OidcRoutesOptions {
  access: Access;
  /** Absent where none is configured. */
  oidc: OidcSignIn | undefined;
  publicUrl: string;
  /** Signing in did not work. */
  onFailure(error: Error): void;
  onFault(error: Error): void;
}

const NAME = 'daylight-oidc';
const PENDING_S = 600;
const SESSION_S = 12 * 3_600;

/** Paths start below /api. */
export function oidcRoutes({ access, oidc, publicUrl, onFailure, onFault }: OidcRoutesOptions) {
  const app = apiRoutes(onFault);
  const prefixOf = (context: Context) => (isSecure(context, publicUrl) ? ({ secure: true, prefix: 'host' } as const) : {});
  const home = (outcome = ''): string => `${publicUrl.replace(/\/+$/, '')}/${outcome && `?signin=${outcome}`}`;
  const none = (context: Context) =>
    refuse(context, 404, { code: 'not-found', message: 'No OpenID provider is configured (console.oidc).' });

  app.get('/oidc/start', async (context) => {
    if (!oidc) return none(context);
    try {
      const { url, pending } = await oidc.begin();
      setCookie(context, NAME, pending, { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: PENDING_S, ...prefixOf(context) });
      return context.redirect(url);
    } catch (error) {
      onFailure(error as Error);
      return context.redirect(home('failed'));
    }
  });

  app.get('/oidc/callback', async (context) => {
    if (!oidc) return none(context);
    const pending = getCookie(context, NAME, isSecure(context, publicUrl) ? 'host' : undefined) ?? '';
    deleteCookie(context, NAME, { path: '/', ...prefixOf(context) });
    try {
      const person = await oidc.finish(new URL(context.req.url).search.slice(1), pending);
      const signedIn = access.signInWithOidc(person, clientAddress(context));
      if (!signedIn) return context.redirect(home('refused'));
      writeSessionCookie(context, publicUrl, signedIn.id, SESSION_S);
      return context.redirect(home());
    } catch (error) {
      onFailure(error as Error);
      return context.redirect(home('failed'));
    }
  });
  return app;
}
