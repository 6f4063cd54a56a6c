// The way from the proxy to the pages of daylight.internal: a listener of its own on loopback that serves the setup pages and the page
// for requests, and nothing else. The proxy says whose request it hands on, and how it came; that is believed because it also says a
// secret that is new with every start.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { type AskOptions, askRoutes } from './ask/routes.ts';
import { type Listening, listen, type ServerBindings } from './listen.ts';
import { type SetupOptions, setupRoutes } from './setup/routes.ts';

export interface OwnPages {
  /** Absent where requests for approval cannot be kept. */
  ask?: AskOptions | undefined;
  setup: SetupOptions;
}

export interface OwnDoor extends Listening {
  secret: string;
  /** Whether requests for approval are taken. */
  asks: boolean;
}

export async function openOwnDoor(pages: OwnPages): Promise<OwnDoor> {
  const secret = randomBytes(32).toString('hex');
  return { ...(await listen(createOwnDoor(pages, secret), '127.0.0.1:0')), secret, asks: pages.ask !== undefined };
}

/** What the listener answers. */
export function createOwnDoor({ ask, setup }: OwnPages, secret: string): Hono<ServerBindings> {
  const app = new Hono<ServerBindings>();
  app.use(async (context, next) => {
    const said = Buffer.from(context.req.header('daylight-door') ?? '');
    if (said.length === secret.length && timingSafeEqual(said, Buffer.from(secret))) return next();
    return context.notFound();
  });
  if (ask)
    app.route(
      '/ask',
      askRoutes(ask, ({ req }) => req.header('daylight-client') ?? ''),
    );
  app.route(
    '/',
    setupRoutes(setup, '', ({ req }) => {
      const scheme = req.header('daylight-scheme');
      // Only a client that trusts the CA gets a request through a connection that Daylight inspects.
      return {
        throughProxy: scheme !== 'direct',
        trustsCa: scheme === 'https' ? true : null,
        client: req.header('daylight-client') ?? '',
      };
    }),
  );
  return app;
}
