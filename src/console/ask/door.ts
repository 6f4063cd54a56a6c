// The way from the proxy to the page for requests: a listener of its own on loopback that serves nothing else. The proxy says whose
// request it hands on; that is believed because it also says a secret that is new with every start.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { type Listening, listen, type ServerBindings } from '../listen.ts';
import { type AskOptions, askRoutes } from './routes.ts';

export interface AskDoor extends Listening {
  secret: string;
}

export async function openAskDoor(options: AskOptions): Promise<AskDoor> {
  const secret = randomBytes(32).toString('hex');
  return { ...(await listen(createAskDoor(options, secret), '127.0.0.1:0')), secret };
}

/** What the listener answers. */
export function createAskDoor(options: AskOptions, secret: string): Hono<ServerBindings> {
  const app = new Hono<ServerBindings>();
  app.use(async (context, next) => {
    const said = Buffer.from(context.req.header('daylight-door') ?? '');
    if (said.length === secret.length && timingSafeEqual(said, Buffer.from(secret))) return next();
    return context.notFound();
  });
  app.route(
    '/ask',
    askRoutes(options, ({ req }) => req.header('daylight-client') ?? ''),
  );
  return app;
}
