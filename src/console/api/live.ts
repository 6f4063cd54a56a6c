// The live feed as a WebSocket: messages `events` from Daylight; `pause`, `resume` and `filter` from the client. The guard has seen to
// who it is and where the page comes from.

import { upgradeWebSocket } from '@hono/node-server';
import { createRoute } from '@hono/zod-openapi';
import type { WSContext } from 'hono/ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { compileFilter } from '../../engine/filter/compile.ts';
import type { Feed } from '../live/hub.ts';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import { requireRole } from './guard.ts';
import type { ApiOptions } from './options.ts';
import { ApiProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { filterOf } from './scope.ts';
import { refusalShape } from './shapes/paging.ts';
import type { LiveMessage } from './shapes.ts';

const command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('filter'), filter: z.string() }),
]);

const TRY_AGAIN_LATER = 1013;

export function liveRoutes({ live, access, now, onFault }: Pick<ApiOptions, 'live' | 'access' | 'now' | 'onFault'>) {
  const app = apiRoutes(onFault);

  const upgrade = upgradeWebSocket(
    (context) => {
      const test = compileFilter(filterOf(context.req.query('filter') ?? '', now()));
      const session = context.get('session') as { id: string } | undefined;
      const bearer = /^bearer\s+(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
      const allowed = () => (session ? access.session(session.id, false) : bearer && access.token(bearer)) !== undefined;
      let feed: Feed | undefined;
      const say = (socket: WSContext, message: LiveMessage) => socket.send(JSON.stringify(message));
      return {
        onOpen(_event, socket) {
          const raw = socket.raw as unknown as WebSocket;
          const close = (code: number, reason: string) => socket.close(code, reason);
          feed = live.open({ send: (text) => raw.send(text), buffered: () => raw.bufferedAmount, close, allowed }, test);
          if (!feed) close(TRY_AGAIN_LATER, 'too many live feeds');
        },
        onMessage({ data }, socket) {
          const told = read(String(data));
          if (told === undefined) return say(socket, { type: 'error', error: UNREADABLE });
          if (told.type === 'pause') feed?.pause();
          else if (told.type === 'resume') feed?.resume();
          else {
            try {
              feed?.filter(compileFilter(filterOf(told.filter, now())));
            } catch (error) {
              if (!(error instanceof ApiProblem)) throw error;
              const { code, message, position = 0 } = error.refusal;
              say(socket, { type: 'error', error: { code, message, position } });
            }
          }
        },
        onClose: () => feed?.end(),
        onError: () => feed?.end(),
      };
    },
    { onError: (error) => onFault(error as Error) },
  );

  // Described first, served below: an answer of 101 has no shape.
  app.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: '/live',
      ...needs('viewer'),
      tags: ['events'],
      summary: 'Watch events as they happen (WebSocket)',
      description:
        'Messages: `{"type":"events","items":[...],"dropped":n}`. A client may send `{"type":"pause"}`, `{"type":"resume"}` and `{"type":"filter","filter":"..."}`.',
      request: { query: z.object({ filter: z.string().default('') }) },
      responses: {
        101: { description: 'A WebSocket.' },
        400: no('The filter is wrong.'),
        426: json('No WebSocket.', refusalShape),
      },
    }),
  );
  app.get('/live', requireRole('viewer'), upgrade, (context) =>
    refuse(context, 400, { code: 'upgrade', message: 'This is a WebSocket: open it as one.' }),
  );
  return app;
}

const UNREADABLE = { code: 'invalid', message: 'Send {"type":"pause"}, {"type":"resume"} or {"type":"filter","filter":"..."}.' };

function read(text: string): z.infer<typeof command> | undefined {
  try {
    return command.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
