// The queue of findings: one for each kind, server and user, with how far people are with it.
//
// What was resolved and came again is new again. `changed` tells each reader what came since they looked last.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, FindingNote, FindingRow } from './options.ts';
import { ApiProblem } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf } from './scope.ts';
import {
  FINDING_STATES,
  type Finding,
  type FindingChange,
  type FindingsResult,
  finding,
  findingBody,
  findingsBody,
  findingsResult,
  pageOf,
} from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

type Needed = Pick<ApiOptions, 'reports' | 'notes' | 'audit' | 'now' | 'onFault'>;

const position = z.object({ at: z.int().min(0) });
const ID = /^[0-9a-f]{32}$/;

export function findingRoutes(options: Needed, share: Share) {
  const { reports, notes, now, audit } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/findings',
      ...needs('viewer'),
      tags: ['findings'],
      summary: 'Findings of a span: open ones first, last seen first',
      request: { query: pageQuery.extend({ state: z.enum(FINDING_STATES).optional() }) },
      responses: { 200: json('The findings.', pageOf(finding)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, state, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const rows = await share(scopeKey('findings', scope), () => reports.findings(scope));
      const known = notes.findingNotes();
      const looked = notes.lastLook(context.get('who').name);
      const all = rows
        .map((row) => withNote(row, known.get(row.id), looked))
        .filter((each) => state === undefined || each.state === state)
        .sort((a, b) => order(a) - order(b) || b.lastSeen - a.lastSeen || (a.id < b.id ? -1 : 1));
      const start = positionOf(cursor, position)?.at ?? 0;
      const page = pageFrom(all.slice(start, start + limit + 1), limit, () => ({ at: start + limit }));
      return context.json(page, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'patch',
      path: '/findings/{id}',
      ...needs('analyst'),
      tags: ['findings'],
      summary: 'Note how far it is with a finding',
      request: { params: z.object({ id: z.string().regex(ID, 'must be the id of a finding') }), body: body(findingBody) },
      responses: {
        200: json(
          'What is noted now.',
          z.object({ id: z.string(), state: z.enum(FINDING_STATES), assignee: z.string(), note: z.string() }),
        ),
        400: no('The body is wrong.'),
      },
    }),
    (context) => {
      const { id } = context.req.valid('param');
      const { state, assignee, note } = change(id, context.req.valid('json'), context.get('who').name);
      return context.json({ id, state, assignee, note }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/findings/bulk',
      ...needs('analyst'),
      tags: ['findings'],
      summary: 'Note the same for many findings',
      description: 'Each is changed and audited for itself. What fails is told, and does not keep the others from being done.',
      request: { body: body(findingsBody) },
      responses: { 200: json('What was done, and what was not.', findingsResult), 400: no('The body is wrong.') },
    }),
    (context) => {
      const { ids, ...what } = context.req.valid('json');
      const result: FindingsResult = { done: [], failed: [] };
      for (const id of new Set(ids)) {
        try {
          if (!ID.test(id)) throw new ApiProblem(400, { code: 'invalid', message: 'is not the id of a finding', field: 'ids' });
          change(id, what, context.get('who').name);
          result.done.push(id);
        } catch (error) {
          const expected = error instanceof ApiProblem;
          if (!expected) options.onFault(error as Error);
          result.failed.push({
            id,
            message: expected ? error.refusal.message : 'could not be noted; the log of the appliance says why',
          });
        }
      }
      return context.json(result, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/findings/seen',
      ...needs('viewer'),
      tags: ['findings'],
      summary: 'Say that you have looked: what comes later is marked as changed',
      responses: { 204: { description: 'Noted.' } },
    }),
    (context) => {
      notes.looked(context.get('who').name, now());
      return context.body(null, 204);
    },
  );
  function change(id: string, what: FindingChange, actor: string): FindingNote {
    const { before, after } = notes.noteFinding(id, what, actor, now());
    const sides = { before: JSON.stringify(before), after: JSON.stringify(after) };
    audit({ actor, action: 'finding.update', objectType: 'finding', objectId: id, reason: after.note, ...sides });
    return after;
  }
  return app;
}

function withNote(row: FindingRow, note: FindingNote | undefined, looked: number): Finding {
  const again = note?.state === 'resolved' && row.lastSeen > note.changed;
  const state = again ? 'new' : (note?.state ?? 'new');
  return { ...row, state, assignee: note?.assignee ?? '', note: note?.note ?? '', changed: row.lastSeen > looked };
}

function order({ state }: Finding): number {
  return FINDING_STATES.indexOf(state);
}
