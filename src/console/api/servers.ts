// The inventory: servers with what policy says of them and what people noted.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { riskOf } from '../server-risk.ts';
import type { ServerStates } from '../server-states.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, ServerRow } from './options.ts';
import { notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf, scopeQuery } from './scope.ts';
import { pageOf, reviewBody, type Server, server, serverDetails } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

type Needed = Pick<ApiOptions, 'reports' | 'notes' | 'requests' | 'audit' | 'now' | 'onFault'>;

const position = z.object({ ts: z.number().min(0), id: z.string().max(2_048) });
const MOST_REQUESTS = 1_000;

export function serverRoutes(options: Needed, states: ServerStates, share: Share) {
  const { reports, notes, requests, now, audit } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/servers',
      ...needs('viewer'),
      tags: ['servers'],
      summary: 'Servers seen in a span, last seen first',
      request: { query: pageQuery },
      responses: { 200: json('The servers.', pageOf(server)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const page = { limit: limit + 1, after: positionOf(cursor, position) };
      const rows = await share(scopeKey('servers', scope, page), () => reports.servers(scope, page));
      const { items, next } = pageFrom(rows, limit, ({ lastSeen, serverKey }) => ({ ts: lastSeen, id: serverKey }));
      return context.json({ items: items.map(shown), next }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/servers/one',
      ...needs('viewer'),
      tags: ['servers'],
      summary: 'Everything about one server',
      request: { query: scopeQuery.extend({ key: z.string().min(1).max(2_048) }) },
      responses: { 200: json('The server.', serverDetails), 400: no('A parameter is wrong.'), 404: no('It was never seen.') },
    }),
    async (context) => {
      const { key, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const found = await share(scopeKey('server', scope, key), () => reports.server(key, scope));
      if (!found) throw notFound('server', key);
      const { approval, block } = states.of(key);
      const { toolList, changes, userList, timeline } = found;
      const target = key.replace(/^attached:/, 'name:');
      const asked = requests?.list({ limit: MOST_REQUESTS }).filter(({ servers }) => servers.includes(target)) ?? [];
      return context.json({ ...shown(found), toolList, changes, userList, timeline, approval, block, requests: asked }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/servers/review',
      ...needs('analyst'),
      tags: ['servers'],
      summary: 'Note that a server is being looked at, and by whom',
      request: { body: body(reviewBody) },
      responses: { 200: json('What is noted now.', reviewBody), 400: no('The body is wrong.') },
    }),
    (context) => {
      const change = context.req.valid('json');
      const actor = context.get('who').name;
      const { before, after } = notes.review(change, actor, now());
      const sides = { before: JSON.stringify(before), after: JSON.stringify(after) };
      audit({ actor, action: 'server.review', objectType: 'server', objectId: after.serverKey, reason: after.note, ...sides });
      return context.json(after, 200);
    },
  );

  function shown({ highFindings, ...row }: ServerRow): Server {
    const { state, owner, note } = states.of(row.serverKey);
    const { serverKey, name, transport, generation, users, n, blocked, tools, findings, clients } = row;
    const { authentication, traffic, firstSeen, lastSeen } = row;
    return {
      ...{ serverKey, name, state, owner, note, risk: riskOf({ ...row, highFindings }, state) },
      ...{ transport, generation, users, n, blocked, tools, findings, clients, authentication, traffic, firstSeen, lastSeen },
    };
  }
  return app;
}
