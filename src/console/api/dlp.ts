// DLP: what was found (values masked), what looks for it, and a box to try a text in. What is tried is not recorded, nor sent anywhere.

import { relative } from 'node:path';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type CompiledDlp, compileDlp, NO_DLP } from '../../engine/dlp/compile.ts';
import type { DlpSource } from '../../engine/dlp/schema.ts';
import { tryText } from '../../engine/dlp/try-text.ts';
import { usesOf } from '../../engine/dlp/uses.ts';
import { previewTools } from '../../preview-tools.ts';
import { apiRoutes, body, json, needs, no } from './api-routes.ts';
import { position } from './events.ts';
import type { ApiOptions } from './options.ts';
import { ApiProblem, notFound } from './problem.ts';
import { pageFrom, pageQuery, positionOf, scopeOf, scopeQuery } from './scope.ts';
import { dlpDetector, dlpMatch, dlpProfile, dlpSummary, dlpTestBody, dlpTestResult, pageOf } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

const findingsQuery = pageQuery.extend({
  detector: z.string().max(200).default('').meta({ description: 'Id of a detector. Default: all.' }),
});

type Needed = Pick<ApiOptions, 'reports' | 'loaded' | 'rules' | 'now' | 'onFault'>;

export function dlpRoutes(options: Needed, share: Share) {
  const { reports, loaded, now } = options;
  const app = apiRoutes(options.onFault);
  const tools = previewTools();
  let compiled: { source: DlpSource; dlp: CompiledDlp } | undefined;

  /** The last one is kept: compiling takes a while, and people try things several times. */
  function dlpOf(source: DlpSource): CompiledDlp {
    if (compiled?.source !== source) compiled = { source, dlp: compileDlp(source) };
    return compiled.dlp;
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/dlp/findings',
      ...needs('viewer'),
      tags: ['dlp'],
      summary: 'What DLP found, newest first; values are masked',
      request: { query: findingsQuery },
      responses: { 200: json('The findings.', pageOf(dlpMatch)), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const { limit, cursor, detector, ...query } = context.req.valid('query');
      const scope = scopeOf(query, now());
      const page = { limit: limit + 1, after: positionOf(cursor, position) };
      const found = await share(scopeKey('dlp findings', scope, page, detector), () => reports.matches(scope, page, detector));
      const items = found.map((match) => ({ ...match, evidence: '' }));
      return context.json(
        pageFrom(items, limit, ({ ts, event_id }) => ({ ts, id: event_id })),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/dlp/findings/{id}',
      ...needs('viewer'),
      tags: ['dlp'],
      summary: 'One finding; the value is masked',
      request: { params: z.object({ id: z.uuid('must be the id of a finding') }) },
      responses: { 200: json('The finding.', dlpMatch), 404: no('There is none.') },
    }),
    async (context) => {
      const { id } = context.req.valid('param');
      const found = await reports.match(id);
      if (!found) throw notFound('DLP finding', id);
      return context.json({ ...found, evidence: '' }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/dlp/summary',
      ...needs('viewer'),
      tags: ['dlp'],
      summary: 'Findings by detector and over time, and how much was read',
      request: { query: scopeQuery },
      responses: { 200: json('The figures.', dlpSummary), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const scope = scopeOf(context.req.valid('query'), now());
      return context.json(await share(scopeKey('dlp summary', scope), () => reports.dlpSummary(scope)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/dlp/detectors',
      ...needs('viewer'),
      tags: ['dlp'],
      summary: 'The detectors, and the profiles that use them',
      responses: { 200: json('All detectors.', pageOf(dlpDetector)) },
    }),
    (context) => {
      const { source, detectorFiles } = loaded();
      const { detectors, profiles } = source.dlp ?? NO_DLP;
      const items = detectors.map((detector) => {
        const { id, title, description, family, severity, directions, references } = detector;
        const file = relative(options.rules, detectorFiles.get(id) ?? '');
        return { id, title, description, family, severity, directions, references, file, profiles: usesOf(detector, profiles) };
      });
      return context.json({ items, next: null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/dlp/profiles',
      ...needs('viewer'),
      tags: ['dlp'],
      summary: 'The profiles, as written in rules/local/dlp.yml',
      responses: { 200: json('All profiles.', pageOf(dlpProfile)) },
    }),
    (context) => {
      const { profiles } = loaded().source.dlp ?? NO_DLP;
      return context.json({ items: profiles.map((profile) => ({ ...profile }) as z.infer<typeof dlpProfile>), next: null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/dlp/test',
      ...needs('analyst'),
      tags: ['dlp'],
      summary: 'Try a text: what would be found, and what each profile would do',
      request: { body: body(dlpTestBody) },
      responses: {
        200: json('Masked findings, and the text with everything replaced.', dlpTestResult),
        400: no('The body is wrong, or there is no such profile.'),
      },
    }),
    (context) => {
      const { text, direction, profile } = context.req.valid('json');
      const source = loaded().source.dlp ?? NO_DLP;
      const dlp = profile === undefined ? dlpOf(source) : compileDlp(withProfile(source, profile));
      const parts = tryText(text, { dlp, direction, threshold: 'low', tools });
      const findings = parts.flatMap((part) =>
        part.findings.map(({ detector, family, severity, confidence, validated, where, offset, length, masked, profiles }) => ({
          ...{ detector, family, severity, confidence, validated, offset, length, masked, profiles },
          where: part.line > 0 ? `line ${part.line}: ${where}` : where,
        })),
      );
      const redacted = parts.map((part) => part.redacted).join('\n');
      return context.json({ findings, redacted, truncated: parts.find((part) => part.truncated !== '')?.truncated ?? '' }, 200);
    },
  );
  return app;
}

/** The source as if the profile had been changed. @throws ApiProblem if there is no such profile */
function withProfile(source: DlpSource, { id, ...settings }: NonNullable<z.output<typeof dlpTestBody>['profile']>): DlpSource {
  if (!source.profiles.some((profile) => profile.id === id)) {
    const message = `profile.id: there is no profile ${JSON.stringify(id.slice(0, 100))}`;
    throw new ApiProblem(400, { code: 'invalid', message, field: 'profile.id' });
  }
  const defined = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...source, profiles: source.profiles.map((profile) => (profile.id === id ? { ...profile, ...defined } : profile)) };
}
