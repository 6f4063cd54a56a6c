// Requests for approval by people who were blocked: what was asked, and the decision. Approving writes policy as `daylight requests
// approve` does, under the name of who is signed in.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type ApprovalRequest, REQUEST_STATES } from '../../approval-request.ts';
import { endOf } from '../../engine/policy/date.ts';
import { approveServer } from '../../policy-files/policy-file.ts';
import type { PolicyDesk } from '../policy-desk.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, RequestsDesk } from './options.ts';
import { ApiProblem, notFound } from './problem.ts';
import { pageFrom, positionOf } from './scope.ts';
import { approvalRequest, approveRequestBody, changeResult, denyRequestBody, pageOf } from './shapes.ts';

type Needed = Pick<ApiOptions, 'requests' | 'audit' | 'now' | 'onFault'>;

const DAY = 86_400_000;
const MOST = 1_000;
const params = z.object({ id: z.string().regex(/^rq-\d{1,12}$/, 'must be the id of a request, such as rq-17') });
const query = z.object({
  state: z.enum(REQUEST_STATES).optional(),
  limit: z.coerce.number('must be a whole number from 1 to 500').int().min(1).max(500).default(100),
  cursor: z.string().max(1_000).optional(),
});
const position = z.object({ id: z.string() });
const decided = approvalRequest.extend({ changes: z.array(changeResult.shape.change) });
const answers = { 400: no('The decision is wrong.'), 404: no('There is no such request.'), 409: no('It was decided already.') };

export function requestRoutes(options: Needed, desk: PolicyDesk) {
  const { now, audit } = options;
  const app = apiRoutes(options.onFault);
  const deciding = new Set<string>();

  app.openapi(
    createRoute({
      method: 'get',
      path: '/requests',
      ...needs('viewer'),
      tags: ['requests'],
      summary: 'Requests for approval, newest first',
      request: { query },
      responses: { 200: json('The requests.', pageOf(approvalRequest)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { state, limit, cursor } = context.req.valid('query');
      const requests = kept();
      const all = requests.list({ states: state && [state], limit: MOST });
      const after = positionOf(cursor, position)?.id;
      const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      const { items, next } = pageFrom(all.slice(start, start + limit + 1), limit, ({ id }) => ({ id }));
      return context.json({ items: await Promise.all(items.map(requests.complete)), next }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/requests/{id}/approve',
      ...needs('operator'),
      tags: ['requests'],
      summary: 'Approve the server for who asked',
      request: { params, body: body(approveRequestBody) },
      responses: { 200: json('The request, decided, and what policy says now.', decided), ...answers },
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      return context.json(await alone(id, () => approve(id, context.req.valid('json'), context.get('who').name)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/requests/{id}/deny',
      ...needs('operator'),
      tags: ['requests'],
      summary: 'Refuse a request; who asked reads the comment',
      request: { params, body: body(denyRequestBody) },
      responses: { 200: json('The request, decided.', decided), ...answers },
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const { comment } = context.req.valid('json');
      const after = await alone(id, async () => {
        const requests = kept();
        return decide(requests, await pending(requests, id), context.get('who').name, { state: 'denied', comment });
      });
      return context.json({ ...after, changes: [] }, 200);
    },
  );

  async function approve(id: string, wanted: z.output<typeof approveRequestBody>, actor: string) {
    const requests = kept();
    const request = await pending(requests, id);
    const urls = wanted.server === undefined ? request.servers : [wanted.server];
    if (urls.length === 0) {
      const message = 'server: the event that the request is about is not stored (yet), so the server is not known; name it';
      throw new ApiProblem(400, { code: 'invalid', message, field: 'server' });
    }
    const until = wanted.until ?? new Date(now() + request.days * DAY).toISOString().slice(0, 10);
    if (endOf(until) <= now())
      throw new ApiProblem(400, { code: 'invalid', message: `until: ${until} is over; must be a day to come`, field: 'until' });
    const { groups, tools, owner } = wanted;
    const users = wanted.users ?? (groups === undefined && request.user !== '' ? [request.user] : undefined);
    const reason = `${id}: ${(wanted.comment || request.reason).replace(/\s+/g, ' ')}`;
    const changes = [];
    for (const url of urls) {
      const approval = { url, groups, users, tools, owner, until, comment: reason, by: actor };
      const done = await desk.edit((rules) => approveServer(rules, approval, { separate: true }), { actor, reason });
      changes.push(done.change);
    }
    return { ...decide(requests, request, actor, { state: 'approved', comment: wanted.comment, until }), changes };
  }

  /** Two people who decide at the same time must not both write policy. */
  async function alone<T>(id: string, act: () => Promise<T>): Promise<T> {
    if (deciding.has(id)) throw new ApiProblem(409, { code: 'decided', message: `Somebody else is deciding ${id} just now.` });
    deciding.add(id);
    try {
      return await act();
    } finally {
      deciding.delete(id);
    }
  }

  function kept(): RequestsDesk {
    if (options.requests) return options.requests;
    const message = 'Requests for approval cannot be read. The log of the appliance says why.';
    throw new ApiProblem(503, { code: 'requests', message });
  }

  async function pending(requests: RequestsDesk, id: string): Promise<ApprovalRequest> {
    const request = requests.find(id);
    if (!request) throw notFound('request', id);
    if (request.state === 'pending') return requests.complete(request);
    const { state, decided_by } = request;
    throw new ApiProblem(409, { code: 'decided', message: `${id} is decided already: ${state} by ${decided_by}.` });
  }

  function decide(
    requests: RequestsDesk,
    before: ApprovalRequest,
    actor: string,
    { state, comment, until = '' }: { state: 'approved' | 'denied'; comment: string; until?: string },
  ): ApprovalRequest {
    const after = requests.decide(before.id, { state, decided: now(), decided_by: actor, comment, until });
    const sides = { before: JSON.stringify(before), after: JSON.stringify(after) };
    audit({ actor, action: `request.${state}`, objectType: 'request', objectId: before.id, reason: comment, ...sides });
    return after;
  }
  return app;
}
