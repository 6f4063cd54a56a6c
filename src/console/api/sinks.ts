// Sinks: how each does, a test of one, which sends a marked event to its receiver, and its dead letters once more.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { notFound } from './problem.ts';
import { sink, sinkResend, sinkTest } from './shapes.ts';

type Needed = Pick<ApiOptions, 'sinks' | 'audit' | 'onFault'>;

export function sinkRoutes({ sinks, audit, onFault }: Needed) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/sinks',
      ...needs('viewer'),
      tags: ['sinks'],
      summary: 'Where events go besides ClickHouse, and how far each sink is',
      responses: {
        200: json('The sinks, in the order of the configuration.', z.object({ items: z.array(sink), next: z.null() })),
      },
    }),
    (context) => context.json({ items: sinks.list(), next: null }, 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/sinks/{name}/test',
      ...needs('operator'),
      tags: ['sinks'],
      summary: 'Send one event, marked as a test, to the receiver of a sink',
      request: { params: z.object({ name: z.string().max(40) }) },
      responses: { 200: json('What the receiver answered.', sinkTest), 404: no('There is no such sink.') },
    }),
    async (context) => {
      const { name } = context.req.valid('param');
      const actor = context.get('who').name;
      const answer = await sinks.test(name, actor);
      if (!answer) throw notFound('sink', name);
      const outcome = answer.accepted ? 'success' : 'error';
      audit({ actor, action: 'sink.test', objectType: 'sink', objectId: name, reason: answer.message, outcome });
      return context.json(answer, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/sinks/{name}/resend',
      ...needs('operator'),
      tags: ['sinks'],
      summary: 'Send the dead letters of a sink again; what is refused again becomes a dead letter again',
      request: { params: z.object({ name: z.string().max(40) }) },
      responses: { 200: json('How many wait to be sent now.', sinkResend), 404: no('There is no such sink.') },
    }),
    async (context) => {
      const { name } = context.req.valid('param');
      const events = await sinks.resend(name);
      if (events === undefined) throw notFound('sink', name);
      const actor = context.get('who').name;
      if (events > 0)
        audit({ actor, action: 'sink.resend', objectType: 'sink', objectId: name, reason: `${events} dead letters` });
      return context.json({ events }, 200);
    },
  );
  return app;
}
