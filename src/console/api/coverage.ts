// Coverage: what could be inspected. Adds to the figures what to do about a program that refuses Daylight's certificate.
//
// One that trusts the CA elsewhere pins this host: an entry for the list of hosts that are not decrypted is suggested, which ends by
// itself, unless MCP was seen there. One that trusts it nowhere has to be set up; not decrypting its hosts would hide the mistake.

import { createRoute } from '@hono/zod-openapi';
import { endOf } from '../../engine/policy/date.ts';
import { apiRoutes, json, needs, no } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { scopeOf, scopeQuery } from './scope.ts';
import { coverageShape } from './shapes.ts';
import { type Share, scopeKey } from './shared.ts';

const SUGGESTED_MS = 30 * 86_400_000;

export function coverageRoutes(options: Pick<ApiOptions, 'reports' | 'loaded' | 'now' | 'onFault'>, share: Share) {
  const { reports, loaded, now } = options;
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/coverage',
      ...needs('viewer'),
      tags: ['coverage'],
      summary: 'Which programs could be inspected, which not and why, and what went around inspection',
      request: { query: scopeQuery.omit({ filter: true }) },
      responses: { 200: json('By program, person and host.', coverageShape), 400: no('A parameter is wrong.') },
    }),
    async (context) => {
      const scope = scopeOf({ ...context.req.valid('query'), filter: '' }, now());
      const { failing, ...found } = await share(scopeKey('coverage', scope), () => reports.coverage(scope));
      const until = new Date(now() + SUGGESTED_MS).toISOString().slice(0, 10);
      const { hosts } = loaded().source.policy.passthrough;
      return context.json(
        {
          ...found,
          failing: failing.map(({ trustsElsewhere, ...pair }) => ({
            ...pair,
            cause: trustsElsewhere ? ('pinned' as const) : ('not-trusting' as const),
            suggestion: trustsElsewhere && !pair.mcp ? { host: pair.host, reason: reasonFor(pair.application), until } : null,
          })),
          passthrough: hosts.map(({ host, reason, owner, until: end, comment }) => ({
            ...{ host, reason, owner, until: end ?? null, comment: comment ?? '' },
            expired: endOf(end) <= now(),
          })),
        },
        200,
      );
    },
  );
  return app;
}

function reasonFor(application: string): string {
  return `${application || 'a program'} refuses the certificate of Daylight for this host, and takes it for others`;
}
