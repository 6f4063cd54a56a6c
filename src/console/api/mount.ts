// All routes of the API behind sign-in, in the order in which they are documented.

import type { OpenAPIHono } from '@hono/zod-openapi';

import { bodyLimit } from '../body-limit.ts';
import { createPolicyDesk } from '../policy-desk.ts';
import { createServerStates } from '../server-states.ts';
import { coverageRoutes } from './coverage.ts';
import { dlpRoutes } from './dlp.ts';
import { eventRoutes } from './events.ts';
import { exportRoutes } from './export.ts';
import { findingRoutes } from './findings.ts';
import type { GuardEnv } from './guard.ts';
import { liveRoutes } from './live.ts';
import type { ApiOptions } from './options.ts';
import { overviewRoutes } from './overview.ts';
import { peopleRoutes } from './people.ts';
import { policyRoutes } from './policy.ts';
import { refuse } from './refuse.ts';
import { reportRoutes } from './reports.ts';
import { requestRoutes } from './requests.ts';
import { rulePackRoutes } from './rule-pack.ts';
import { ruleRoutes } from './rules.ts';
import { serverRoutes } from './servers.ts';
import { settingsRoutes } from './settings.ts';
import { createShare } from './shared.ts';
import { simulateRoutes } from './simulate.ts';
import { sinkRoutes } from './sinks.ts';

/** Policy files and pasted exchanges are the largest bodies. */
const MAX_BODY = 6 * 1024 * 1024;

/** Puts the routes into an app whose paths start below /api, behind the guard (mountSignIn). */
export function mountApi(api: OpenAPIHono<GuardEnv>, options: ApiOptions): void {
  const share = createShare();
  const desk = createPolicyDesk(options);
  const states = createServerStates(() => options.loaded().source.policy, options.notes.reviews, options.now);
  api.use(
    '*',
    bodyLimit({
      maxSize: MAX_BODY,
      onError: (context) => refuse(context, 413, { code: 'too-large', message: 'This request is too large.' }),
    }),
  );
  for (const routes of [
    overviewRoutes(options, share),
    // Before the route of one event, whose path would take its own.
    exportRoutes(options),
    liveRoutes(options),
    eventRoutes(options, desk, states),
    serverRoutes(options, states, share),
    findingRoutes(options, share),
    // Before the route of one rule, whose path would take its own.
    rulePackRoutes(options),
    ruleRoutes(options, share),
    policyRoutes(options, desk),
    simulateRoutes(options, desk),
    requestRoutes(options, desk),
    dlpRoutes(options, share),
    coverageRoutes(options, share),
    peopleRoutes(options, share),
    reportRoutes(options, states, share),
    sinkRoutes(options),
    settingsRoutes(options),
  ])
    api.route('/', routes);
}
