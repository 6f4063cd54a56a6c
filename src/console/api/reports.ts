// Reports for people who were not there: adoption and compliance, as JSON or as CSV; and the audit log.

import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import type { ServerStates } from '../server-states.ts';
import { csvTable } from '../write-csv.ts';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import { position } from './events.ts';
import type { ApiOptions } from './options.ts';
import { notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf, scopeQuery } from './scope.ts';
import { type AdoptionReport, adoptionReport, auditEvent, type ComplianceReport, complianceReport, pageOf } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

/** What was done has no exchange that the query language could ask about. */
const auditQuery = pageQuery.omit({ filter: true }).extend({
  actor: z.string().max(200).optional().meta({ description: 'Who.' }),
  action: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'The act, such as `policy.approve`; `policy.*` is all that begin so.' }),
  object: z.string().max(2_048).optional().meta({ description: 'Part of what it was done to, or its kind.' }),
  outcome: z.enum(['success', 'denied', 'error']).optional(),
  q: z
    .string()
    .max(200)
    .refine((text) => text.trim().split(/\s+/).length <= 10, 'must be at most ten words')
    .default('')
    .meta({ description: 'Words that must all be in who, act, object, reason or outcome.' }),
});
const query = scopeQuery.extend({ format: z.enum(['json', 'csv']).default('json') });

export function reportRoutes(
  { reports, now, onFault }: Pick<ApiOptions, 'reports' | 'now' | 'onFault'>,
  states: ServerStates,
  share: Share,
) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/reports/adoption',
      ...needs('viewer'),
      tags: ['reports'],
      summary: 'How use moves from shadow servers to approved ones and the portal',
      description: 'With `format=csv`: one line for each group and server.',
      request: { query },
      responses: { 200: json('The report.', adoptionReport), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { format, ...rest } = context.req.valid('query');
      const scope = scopeOf(rest, now());
      const report = await share(scopeKey('adoption', scope), () => reports.adoption(scope));
      return format === 'csv' ? file(context, 'adoption', adoptionTable(report)) : context.json(report, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/reports/compliance',
      ...needs('viewer'),
      tags: ['reports'],
      summary: 'What was in use, what was stopped, what leaked, what was changed',
      description: 'With `format=csv`: one line for each figure, server and detector.',
      request: { query },
      responses: { 200: json('The report.', complianceReport), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { format, ...rest } = context.req.valid('query');
      const scope = scopeOf(rest, now());
      const found = await share(scopeKey('compliance', scope), () => reports.compliance(scope));
      const servers = found.servers.map((server) => {
        const { state, owner } = states.of(server.serverKey);
        return { ...server, state, owner };
      });
      const report = { ...found, servers };
      return format === 'csv' ? file(context, 'compliance', complianceTable(report)) : context.json(report, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/audit',
      ...needs('viewer'),
      tags: ['audit'],
      summary: 'Who changed or read what, newest first',
      request: { query: auditQuery },
      responses: { 200: json('The entries.', pageOf(auditEvent)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, from, to, q, ...search } = context.req.valid('query');
      const scope = scopeOf({ from, to, filter: '' }, now());
      const page = { limit: limit + 1, after: positionOf(cursor, position) };
      const words = q.split(/\s+/).filter((word) => word !== '');
      const found = await reports.audit(scope, page, { ...search, words });
      return context.json(
        pageFrom(found, limit, ({ ts, event_id }) => ({ ts, id: event_id })),
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/audit/{id}',
      ...needs('viewer'),
      tags: ['audit'],
      summary: 'One entry of the audit log',
      request: { params: z.object({ id: z.uuid('must be the id of an entry') }) },
      responses: { 200: json('The entry.', auditEvent), 404: no('There is none.') },
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const found = await reports.act(id);
      if (!found) throw notFound('entry of the audit log', id);
      return context.json(found, 200);
    },
  );
  return app;
}

/** A file in place of the JSON that the route describes. */
function file(context: Context, name: string, text: string): never {
  const headers = {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="daylight-${name}.csv"`,
  };
  return context.body(text, 200, headers) as never;
}

function adoptionTable({ groups, servers }: AdoptionReport): string {
  return csvTable(
    ['what', 'name', 'traffic', 'users', 'users on portal or approved', 'users on shadow', 'requests'],
    [
      ...groups.map(({ group, users, sanctioned, shadow }) => ['group', group, '', users, sanctioned, shadow, '']),
      ...servers.map(({ serverKey, traffic, users, n }) => ['server', serverKey, traffic, users, '', '', n]),
    ],
  );
}

function complianceTable({ figures, servers, detectors, changes }: ComplianceReport): string {
  return csvTable(
    ['what', 'name', 'state', 'owner', 'users', 'count', 'blocked', 'redacted', 'dlp findings'],
    [
      ...figures.map(({ title, value }) => ['figure', title, '', '', '', value, '', '', '']),
      ...servers.map(({ serverKey, state, owner, users, n, blocked, dlp }) => [
        ...['server', serverKey, state, owner, users, n, blocked, '', dlp],
      ]),
      ...detectors.map(({ detector, family, n, blocked, redacted }) => [
        'detector',
        detector,
        family,
        '',
        '',
        n,
        blocked,
        redacted,
        n,
      ]),
      ...changes.map(({ action, n }) => ['change', action, '', '', '', n, '', '', '']),
    ],
  );
}
