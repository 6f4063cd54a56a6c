// How this appliance is set up, and the certificate that clients have to trust.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { DaylightError } from '../../errors.ts';
import { apiRoutes, body, json, needs, no, streamed } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { ApiProblem } from './problem.ts';
import { etagIn } from './scope.ts';
import { type RetentionDays, retentionBody, settings } from './shapes.ts';

type Needed = Pick<ApiOptions, 'settings' | 'health' | 'caCertificate' | 'access' | 'retention' | 'audit' | 'onFault'>;

export function settingsRoutes(options: Needed) {
  const app = apiRoutes(options.onFault);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/settings',
      ...needs('admin'),
      tags: ['settings'],
      summary: 'Retention, sign-in, CA and the configuration in force, without secrets',
      responses: { 200: json('The settings.', settings) },
    }),
    async (context) => {
      const [{ retention, config, oidc }, { ca }] = await Promise.all([options.settings(), options.health()]);
      const signIn = { oidc, accounts: options.access.accounts().length };
      const keep = (await options.retention?.read()) ?? null;
      return context.json({ retention, keep, signIn, ca, config }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'patch',
      path: '/settings/retention',
      ...needs('admin'),
      tags: ['settings'],
      summary: 'Change how long rows are kept, in the configuration file',
      description: 'Comments of the file stay. It counts at once: what is older than the new time is deleted in the background.',
      request: {
        headers: z.object({ 'if-match': z.string().max(200).optional().meta({ description: '`keep.etag` of the settings.' }) }),
        body: body(retentionBody),
      },
      responses: {
        200: json('Days by key.', z.object({ days: z.record(z.string(), z.number()) })),
        400: no('The body is wrong.'),
        409: no('It cannot be changed here: the message says why, and what to do.'),
        412: no('The file was changed meanwhile.'),
        428: no('If-Match is missing.'),
      },
    }),
    async (context) => {
      const { days, comment } = context.req.valid('json');
      const etag = etagIn(context.req.valid('header')['if-match'], 'keep.etag of GET /api/settings');
      const desk = options.retention;
      if (!desk) throw cannot('This appliance was not started from a configuration that can be changed.');
      const { keys, file, etag: present } = await desk.read();
      for (const { key, setBy } of keys) {
        if (setBy === '' || days[key as keyof RetentionDays] === undefined) continue;
        throw cannot(
          `${key} is set by the variable ${setBy}, which counts over ${file}. Change the variable, and restart Daylight.`,
        );
      }
      const daysOf = (all: typeof keys) => Object.fromEntries(all.map((each) => [each.key, each.days]));
      const changed = Object.fromEntries(Object.entries(days).filter(([, value]) => value !== undefined)) as RetentionDays;
      const done = await desk.set(changed, etag ?? present).catch((error: unknown) => {
        throw error instanceof DaylightError && error.code === 'ERR_CONFIG_INVALID' ? cannot(error.message) : error;
      });
      if (!done) {
        const message = `${file} was changed meanwhile. Look at it again, then repeat the change.`;
        throw new ApiProblem(412, { code: 'changed', message, etag: (await desk.read()).etag });
      }
      const [before, after] = [daysOf(keys), daysOf((await desk.read()).keys)];
      options.audit({
        ...{ actor: context.get('who').name, action: 'settings.retention', objectType: 'settings', objectId: 'store.retention' },
        ...{ reason: comment, before: JSON.stringify(before), after: JSON.stringify(after) },
      });
      return context.json({ days: after }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/ca.pem',
      ...needs('viewer'),
      tags: ['settings'],
      summary: 'The certificate of the CA, for clients to trust',
      responses: { 200: streamed('PEM.', 'application/x-pem-file') },
    }),
    async (context): Promise<Response> =>
      context.body(await options.caCertificate(), 200, {
        'content-type': 'application/x-pem-file',
        'content-disposition': 'attachment; filename="daylight-ca.pem"',
      }),
  );
  return app;
}

function cannot(message: string): ApiProblem {
  return new ApiProblem(409, { code: 'read-only', message });
}
