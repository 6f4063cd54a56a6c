// Which site a request was meant for, as the browser sees it: whether over HTTPS, and whether its own page sent it.

import type { TLSSocket } from 'node:tls';
import type { Context } from 'hono';
import type { ServerBindings } from '../listen.ts';

/** Over TLS, or by the public address where a reverse proxy does TLS. */
export function isSecure(context: Context, publicUrl: string): boolean {
  const env = context.env as ServerBindings['Bindings'] | undefined;
  if ((env?.incoming?.socket as TLSSocket | undefined)?.encrypted === true) return true;
  const address = URL.parse(publicUrl);
  return address?.protocol === 'https:' && address.host === hostOf(context);
}

/** Whether `Origin` names this console. A reverse proxy may have changed Host, but then people know it by its public address. */
export function isOwnOrigin(context: Context, publicUrl: string): boolean {
  const origin = context.req.header('origin');
  if (origin === undefined) return false;
  if (origin === URL.parse(publicUrl)?.origin) return true;
  return origin === `${isSecure(context, publicUrl) ? 'https' : 'http'}://${hostOf(context)}`;
}

function hostOf(context: Context): string {
  // Without a connection, as in tests of routes, only the URL tells it.
  return (context.req.header('host') ?? new URL(context.req.url).host).toLowerCase();
}
