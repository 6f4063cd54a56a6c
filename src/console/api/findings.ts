// The queue of findings: one for each kind, server and user, with how far people are with it.
//
// What was resolved and came again is new again. `changed` tells each reader what came since they looked last.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, FindingNote, FindingRow } from './options.ts';
import { pageFrom, pageQuery, positionOf, scopeOf } from './scope.ts';
import { FINDING_STATES, type Finding, finding, findingBody, pageOf } from './shapes.ts';
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
      const actor = context.get('who').name;
      const { before, after } = notes.noteFinding(id, context.req.valid('json'), actor, now());
      const sides = { before: JSON.stringify(before), after: JSON.stringify(after) };
      audit({ actor, action: 'finding.update', objectType: 'finding', objectId: id, reason: after.note, ...sides });
      const { state, assignee, note } = after;
      return context.json({ id, state, assignee, note }, 200);
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
