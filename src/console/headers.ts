// What browsers are told about every answer of the console: what may run in its pages, who may embed them, what leaves with a link.
//
// An answer that says nothing itself may run and load nothing at all. The page of the console may load its own files. Style sheets that its
// scripts make need the nonce of this answer; scripts in the text of the page do not run, whatever they say.

import { randomBytes } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { isLoopback } from '../loopback.ts';
import { isSecure } from './api/site.ts';
import type { ServerBindings } from './listen.ts';

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ALWAYS = {
  'cache-control': 'no-store',
  'content-security-policy': NOTHING,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
/** A year, in seconds. */
const HSTS_S = 31_536_000;

/** @param publicUrl address under which people reach the console, '' if it has none of its own */
export function headers(publicUrl: string): MiddlewareHandler<ServerBindings> {
  return async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(ALWAYS)) if (!context.res.headers.has(name)) context.header(name, value);
    // Not on loopback: whatever else this machine serves there would be meant as well.
    if (isSecure(context, publicUrl) && !isLoopback(new URL(context.req.url).hostname))
      context.header('strict-transport-security', `max-age=${HSTS_S}`);
  };
}

/** Answers the page of the console. @param html has `{nonce}` wherever the nonce of the answer belongs */
export function answerPage(context: Context, html: string): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  context.header('content-security-policy', pagePolicy(nonce));
  return context.html(html.replaceAll('{nonce}', nonce));
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    // The live feed is a WebSocket of the same origin.
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
