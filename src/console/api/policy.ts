// Policy: what is in force, changes of it, and its history. A change names the version it builds on (If-Match); if policy is another by
// then, the answer is 412 with what it is now.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { PolicyDesk } from '../policy-desk.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { cursorOf, etagIn, positionOf } from './scope.ts';
import {
  changeResult,
  pageOf,
  policyChangeBody,
  policyShape,
  policyVersion,
  policyVersionDetails,
  rollbackBody,
} from './shapes.ts';

const headers = z.object({
  'if-match': z.string().max(100).optional().meta({ description: '`etag` of GET /api/policy. Required.' }),
});
const params = z.object({ n: z.coerce.number('must be the number of a version').int().min(1) });
const listQuery = z.object({
  limit: z.coerce.number('must be a whole number from 1 to 200').int().min(1).max(200).default(50),
  cursor: z.string().max(1_000).optional(),
});
const changeAnswers = {
  200: json('What was changed, and the version that policy is now.', changeResult),
  400: no('The change is wrong, or policy would not be valid.'),
  412: no('Policy was changed meanwhile.'),
  428: no('If-Match is missing.'),
};

export function policyRoutes({ onFault }: Pick<ApiOptions, 'onFault'>, desk: PolicyDesk) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/policy',
      ...needs('viewer'),
      tags: ['policy'],
      summary: 'The policy files, as written and as read',
      responses: { 200: json('With ETag.', policyShape) },
    }),
    async (context) => {
      const policy = await desk.read();
      context.header('etag', `"${policy.etag}"`);
      return context.json(policy, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/policy/changes',
      ...needs('operator'),
      tags: ['policy'],
      summary: 'Change policy: modes, approvals, blocks, exceptions, pause',
      request: { headers, body: body(policyChangeBody) },
      responses: changeAnswers,
    }),
    async (context) => {
      const { change, comment } = context.req.valid('json');
      const by = { actor: context.get('who').name, reason: comment };
      const result = await desk.change(change, by, etagIn(context.req.valid('header')['if-match'], 'etag of GET /api/policy'));
      context.header('etag', `"${result.etag}"`);
      return context.json(result, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/policy/history',
      ...needs('viewer'),
      tags: ['policy'],
      summary: 'Versions of policy, newest first',
      request: { query: listQuery },
      responses: { 200: json('With what each changed.', pageOf(policyVersion)), 400: no('A parameter is wrong.') },
    }),
    (context) => {
      const { limit, cursor } = context.req.valid('query');
      const found = desk.versions(limit + 1, positionOf(cursor, z.int().min(0)));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return context.json({ items, next: found.length > limit && last ? cursorOf(last.number) : null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/policy/history/{n}',
      ...needs('viewer'),
      tags: ['policy'],
      summary: 'One version, line by line against the one before',
      request: { params },
      responses: { 200: json('The version.', policyVersionDetails), 404: no('There is none, or no longer.') },
    }),
    (context) => context.json(desk.version(context.req.valid('param').n), 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/policy/rollback',
      ...needs('operator'),
      tags: ['policy'],
      summary: 'Put the files of a version back',
      request: { headers, body: body(rollbackBody) },
      responses: { ...changeAnswers, 404: no('There is no such version, or no longer.') },
    }),
    async (context) => {
      const { n, comment } = context.req.valid('json');
      const by = { actor: context.get('who').name, reason: comment };
      const result = await desk.rollback(n, by, etagIn(context.req.valid('header')['if-match'], 'etag of GET /api/policy'));
      context.header('etag', `"${result.etag}"`);
      return context.json(result, 200);
    },
  );
  return app;
}
