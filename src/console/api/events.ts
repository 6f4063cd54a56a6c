// Events: the list, one with everything about it, and what people do about one.
//
// Lists carry no stored content. The details do, for those who may read it, and who read it is in the audit log.

import { setTimeout as sleep } from 'node:timers/promises';
import { createRoute } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Role, reaches } from '../../account.ts';
import { timeOfEvent } from '../../ask-token.ts';
import type { HttpFlowEvent } from '../../engine/event.ts';
import { explainEvent } from '../../engine/explain-event.ts';
import { sampleFromEvent } from '../../engine/rules/sample-from-event.ts';
import { addException } from '../../policy-files/policy-file.ts';
import { curlOf } from '../curl.ts';
import type { PolicyDesk } from '../policy-desk.ts';
import type { ServerStates } from '../server-states.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, ServerReport } from './options.ts';
import { ApiProblem, notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf } from './scope.ts';
import { changeResult, type EventDetails, eventDetails, falsePositiveBody, flowEvent, pageOf } from './shapes.ts';

type Needed = Pick<ApiOptions, 'reports' | 'loaded' | 'audit' | 'saveSample' | 'now' | 'onFault'>;

const DAY = 86_400_000;
const MINUTE = 60_000;
/** How often an event that may not be stored yet is asked for, and the milliseconds between. */
const TRIES = 15;
const PAUSE_MS = 200;
const params = z.object({ id: z.uuid('must be an event id') });
export const position = z.object({ ts: z.int().min(0), id: z.uuid() });

export function eventRoutes(options: Needed, desk: PolicyDesk, states: ServerStates) {
  const { reports, now, audit } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/events',
      ...needs('viewer'),
      tags: ['events'],
      summary: 'Events, newest first',
      request: { query: pageQuery },
      responses: { 200: json('Without stored content.', pageOf(flowEvent)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const after = positionOf(cursor, position);
      // Not shared: a new event must be seen at once.
      const found = await reports.events(scope, { limit: limit + 1, after });
      const events = found.map(withoutContent);
      return context.json(
        pageFrom(events, limit, ({ ts, event_id }) => ({ ts, id: event_id })),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/events/{id}',
      ...needs('viewer'),
      tags: ['events'],
      summary: 'One event, and why it was judged so',
      description: 'Stored content is for analysts; reading it is recorded.',
      request: { params },
      responses: { 200: json('Everything about it.', eventDetails), 404: no('There is none.') },
    }),
    async (context) => {
      const { name, role } = context.get('who');
      const { id } = context.req.valid('param');
      return context.json(await detailsOf(await find(id), role, name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/events/{id}/false-positive',
      ...needs('operator'),
      tags: ['events'],
      summary: 'Say that it was no MCP: a dated exception, and a sample for the author of the rule',
      request: { params, body: body(falsePositiveBody) },
      responses: {
        200: json('The exception, and where the sample is.', changeResult.extend({ sample: z.string() })),
        400: no('No rule matched, or the date is wrong.'),
        404: no('There is no such event.'),
      },
    }),
    async (context) => {
      const event = await find(context.req.valid('param').id);
      const { until, comment } = context.req.valid('json');
      const [rule] = event.rules;
      if (rule === undefined)
        throw new ApiProblem(400, {
          code: 'no-rule',
          message: 'No rule matched this event, so there is nothing to except it from.',
        });
      const by = { actor: context.get('who').name, reason: comment };
      const exception = { rule, host: event.dst_host, until, comment, by: by.actor };
      const done = await desk.edit((rules) => addException(rules, exception), by);
      const sample = await options.saveSample(`${rule}-${event.event_id}.yml`, sampleText(event));
      return context.json({ ...done, sample }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/events/{id}/sample',
      ...needs('analyst'),
      tags: ['events'],
      summary: 'The exchange as a sample for a rule, as far as it is stored',
      request: { params },
      responses: { 200: json('YAML.', z.object({ yaml: z.string() })), 404: no('There is no such event.') },
    }),
    async (context) => {
      const event = await find(context.req.valid('param').id);
      audit({ ...viewed(context.get('who').name, event), action: 'event.sample' });
      return context.json({ yaml: sampleText(event) }, 200);
    },
  );

  /** The live feed shows events before they are stored: one of this moment is waited for. */
  async function find(id: string): Promise<HttpFlowEvent> {
    const isNew = Math.abs(now() - timeOfEvent(id)) < MINUTE;
    for (let tries = isNew ? TRIES : 1; tries > 0; tries--) {
      const event = await reports.event(id);
      if (event) return event;
      if (tries > 1) await sleep(PAUSE_MS);
    }
    throw notFound('event', id);
  }

  async function detailsOf(event: HttpFlowEvent, role: Role, reader: string): Promise<EventDetails> {
    const span = { from: event.ts - DAY, to: now() };
    const scope = scopeOf({ from: String(span.from), to: String(Math.max(span.to, event.ts + 1)), filter: '' }, now());
    const [findings, calls, server] = await Promise.all([
      reports.matchesOf(event.event_id),
      reports.callsOf(event),
      event.server_key === '' ? undefined : reports.server(event.server_key, scope),
    ]);
    const mayRead = reaches(role, 'analyst');
    const content = event.excerpt !== '' || calls.some(({ args, excerpt }) => args + excerpt !== '');
    const evidence = findings.some((finding) => finding.evidence !== '');
    if (mayRead && (content || evidence)) audit(viewed(reader, event));
    return {
      event: mayRead ? event : withoutContent(event),
      explanation: explainEvent(event, options.loaded().source.rules),
      findings: mayRead ? findings : findings.map((finding) => ({ ...finding, evidence: '' })),
      calls: mayRead ? calls : calls.map((call) => ({ ...call, args: '', excerpt: '' })),
      curl: curlOf(event),
      server: server ? { ...shortOf(server), state: states.of(server.serverKey).state } : null,
      withheld: !mayRead && (content || evidence),
    };
  }
  return app;
}

function withoutContent(event: HttpFlowEvent): HttpFlowEvent {
  return event.excerpt === '' ? event : { ...event, excerpt: '' };
}

function viewed(actor: string, event: HttpFlowEvent) {
  return { actor, action: 'event.view', objectType: 'event', objectId: event.event_id, reason: '' };
}

function sampleText(event: HttpFlowEvent): string {
  const note =
    '# From a stored event: headers and bodies are what its columns tell, not what passed. Complete it before it is used.\n';
  return note + stringify([sampleFromEvent(event)], { lineWidth: 0 });
}

function shortOf({ serverKey, name, users, n, firstSeen, lastSeen }: ServerReport) {
  return { serverKey, name, users, n, firstSeen, lastSeen };
}
