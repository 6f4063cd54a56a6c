// The rule pack: which mode each rule has, how often it matched, its source; and trying it on a request or on what was recorded.

import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { ruleModeForAll } from '../../engine/policy/rule-mode.ts';
import type { Rule } from '../../engine/rules/schema.ts';
import type { LoadedSource } from '../../load.ts';
import { testRequest } from '../test-request.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import type { ApiOptions, RuleUse } from './options.ts';
import { ApiProblem, notFound } from './problem.ts';
import { momentOf, scopeOf, scopeQuery } from './scope.ts';
import { pageOf, type RuleItem, ruleDetails, ruleShape, ruleTestBody, ruleTestResult } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

type Needed = Pick<ApiOptions, 'reports' | 'loaded' | 'rules' | 'now' | 'onFault'>;

const UNUSED = { hits: 0, users: 0, lastHit: 0 };

export function ruleRoutes(options: Needed, share: Share) {
  const { reports, loaded, now } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/rules',
      ...needs('viewer'),
      tags: ['rules'],
      summary: 'The rule pack, with modes and matches of a span',
      request: { query: scopeQuery },
      responses: { 200: json('All rules.', pageOf(ruleShape)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const scope = scopeOf(context.req.valid('query'), now());
      const uses = await share(scopeKey('rules', scope), () => reports.ruleUse(scope));
      const byId = new Map(uses.map((use) => [use.id, use]));
      const present = loaded();
      return context.json(
        { items: present.source.rules.map((rule) => itemOf(rule, present, byId.get(rule.id))), next: null },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/rules/{id}',
      ...needs('viewer'),
      tags: ['rules'],
      summary: 'One rule, with its source and its matches over time',
      request: { params: z.object({ id: z.string().max(100) }), query: scopeQuery },
      responses: { 200: json('The rule.', ruleDetails), 400: no('A parameter is wrong.'), 404: no('There is none.') },
    }),
    async (context) => {
      const scope = scopeOf(context.req.valid('query'), now());
      const present = loaded();
      const rule = find(present, context.req.valid('param').id);
      const [uses, hitsOverTime] = await Promise.all([
        share(scopeKey('rules', scope), () => reports.ruleUse(scope)),
        share(scopeKey('rule', scope, rule.id), () => reports.ruleHistory(rule.id, scope)),
      ]);
      const file = present.ruleFiles.get(rule.id) ?? '';
      const source = file === '' ? '' : await readFile(file, 'utf8').catch(() => '');
      const { description, references, falsepositives, samples } = rule;
      const use = uses.find(({ id }) => id === rule.id);
      return context.json(
        {
          ...itemOf(rule, present, use),
          ...{ source, file: relative(options.rules, file), description, references, falsePositiveNotes: falsepositives },
          samples: { match: samples.match.map(nameOf), silent: samples.silent.map(nameOf) },
          hitsOverTime,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/rules/test',
      ...needs('analyst'),
      tags: ['rules'],
      summary: 'Try the rules on a request that you paste, or see on what a rule matched',
      request: { body: body(ruleTestBody) },
      responses: {
        200: json('The verdict.', ruleTestResult),
        400: no('The request cannot be read.'),
        404: no('There is no such rule.'),
      },
    }),
    async (context) => {
      const asked = context.req.valid('json');
      const present = loaded();
      const rule = asked.ruleId === undefined ? undefined : find(present, asked.ruleId);
      if ('since' in asked) {
        const recorded = await reports.ruleRecorded(rule!.id, momentOf(asked.since, 'since', now()));
        return context.json({ phases: [], matched: recorded.n > 0, recorded }, 200);
      }
      const phases = testRequest(asked.request, present.source, now());
      const last = phases.at(-1)?.rules ?? [];
      const matched = rule === undefined ? last.length > 0 : last.some(({ id }) => id === rule.id);
      return context.json({ phases, matched, recorded: null }, 200);
    },
  );

  function find({ source }: LoadedSource, id: string): Rule {
    const exact = source.rules.find((rule) => rule.id === id);
    const matching = source.rules.filter((rule) => rule.id.startsWith(id.toLowerCase()));
    const found = exact ?? (matching.length === 1 ? matching[0] : undefined);
    if (found) return found;
    if (matching.length === 0) throw notFound('rule', id);
    const message = `ruleId: ${JSON.stringify(id)} is the beginning of ${matching.length} rule ids; write more of it`;
    throw new ApiProblem(400, { code: 'invalid', message, field: 'ruleId' });
  }

  function itemOf(rule: Rule, { source }: LoadedSource, use: RuleUse | undefined): RuleItem {
    const { id, title, level, traffic, tags, status } = rule;
    const { mode, from, after } = ruleModeForAll(rule, source.policy, now());
    const { hits, users, lastHit } = use ?? UNUSED;
    const falsePositives = source.policy.exceptions.exceptions.filter((entry) => entry.rule === id).length;
    return { id, title, level, traffic, tags, status, mode, modeFrom: from, dated: after, hits, users, lastHit, falsePositives };
  }
  return app;
}

function nameOf(sample: Rule['samples']['match'][number]): string {
  return typeof sample === 'string' ? sample : sample.name;
}
