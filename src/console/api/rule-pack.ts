// The rule pack: which one is in force, where local rules and policy differ from it, and what changed against the packs that ran before.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { diffLines } from '../../diff-lines.ts';
import type { KeptPack } from '../../rule-pack.ts';
import { packDifferences } from '../pack-differences.ts';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { notFound } from './problem.ts';
import { type PackChanges, packChanges, rulePackShape } from './shapes.ts';

type Needed = Pick<ApiOptions, 'loaded' | 'rules' | 'packs' | 'now' | 'onFault'>;

const TITLE = /^title: *(.+)$/m;

export function rulePackRoutes({ loaded, rules, packs, now, onFault }: Needed) {
  const app = apiRoutes(onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/rules/pack',
      ...needs('viewer'),
      tags: ['rules'],
      summary: 'The rule pack in force, where local rules and policy differ from it, and the packs that ran before',
      responses: { 200: json('The pack.', rulePackShape) },
    }),
    (context) => {
      const present = loaded();
      const { source, detectorFiles } = present;
      const history = (packs?.list() ?? []).map(shortOf);
      return context.json(
        {
          current: history[0] ?? null,
          rules: source.rules.length,
          detectors: detectorFiles.size,
          differences: packDifferences(present, rules, now()),
          history,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/rules/pack/{n}',
      ...needs('viewer'),
      tags: ['rules'],
      summary: 'What a rule pack changed against the one that ran before it, file by file',
      request: { params: z.object({ n: z.coerce.number('must be the number of a pack').int().min(1) }) },
      responses: { 200: json('The changes.', packChanges), 404: no('There is no such pack, or no longer.') },
    }),
    (context) => {
      const { n } = context.req.valid('param');
      const found = packs?.get(n);
      if (!found) throw notFound('rule pack', String(n));
      const { pack, before } = found;
      return context.json({ ...shortOf(pack), before: before ? shortOf(before) : null, files: changesOf(before, pack) }, 200);
    },
  );
  return app;
}

function shortOf({ number, time, id, version, daylight, texts }: KeptPack) {
  return { number, time, id, version, daylight, files: Object.keys(texts).length };
}

/** Nothing for the first pack that is kept: there is nothing to compare it with. */
function changesOf(before: KeptPack | undefined, { texts }: KeptPack) {
  if (before === undefined) return [];
  const old = before.texts;
  const files = [...new Set([...Object.keys(old), ...Object.keys(texts)])].sort();
  return files
    .filter((file) => old[file] !== texts[file])
    .map((file) => {
      const change: PackChanges['files'][number]['change'] =
        old[file] === undefined ? 'added' : texts[file] === undefined ? 'removed' : 'changed';
      const title = TITLE.exec(texts[file] ?? old[file] ?? '')?.[1] ?? '';
      return { file, change, title, lines: diffLines(old[file] ?? '', texts[file] ?? '') };
    });
}
