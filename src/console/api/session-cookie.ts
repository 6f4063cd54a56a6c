// The cookie that holds a session: `__Host-daylight` over HTTPS (browsers take it from this host alone), `daylight` over plain HTTP, which
// only loopback serves. SameSite=Strict: other sites cannot make a browser send it, not even by a link. The page itself needs no session,
// so links into the console work all the same.

import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { isSecure } from './site.ts';

const NAME = 'daylight';

export function readSessionCookie(context: Context, publicUrl: string): string | undefined {
  return getCookie(context, NAME, prefixOf(context, publicUrl));
}

/** @param seconds how long the browser keeps it; the session itself may end sooner */
export function writeSessionCookie(context: Context, publicUrl: string, id: string, seconds: number): void {
  const secure = isSecure(context, publicUrl);
  const attributes = { path: '/', httpOnly: true, sameSite: 'Strict', maxAge: seconds, secure } as const;
  setCookie(context, NAME, id, secure ? { ...attributes, prefix: 'host' } : attributes);
}

export function dropSessionCookie(context: Context, publicUrl: string): void {
  const secure = isSecure(context, publicUrl);
  deleteCookie(context, NAME, secure ? { path: '/', secure, prefix: 'host' } : { path: '/' });
}

function prefixOf(context: Context, publicUrl: string): 'host' | undefined {
  return isSecure(context, publicUrl) ? 'host' : undefined;
}
