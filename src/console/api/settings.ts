// How this appliance is set up, and the certificate that clients have to trust.

import { createRoute } from '@hono/zod-openapi';
import { apiRoutes, json, needs, streamed } from './api-routes.ts';
import type { ApiOptions } from './options.ts';
import { settings } from './shapes.ts';

type Needed = Pick<ApiOptions, 'settings' | 'health' | 'caCertificate' | 'access' | 'onFault'>;

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
      return context.json({ retention, signIn, ca, config }, 200);
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
