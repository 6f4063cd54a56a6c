// The OpenAPI document of the console's API, made from its routes.

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { GuardEnv } from './api/guard.ts';
import type { ApiDocument } from './docs.ts';

const documents = new WeakMap<OpenAPIHono<GuardEnv>, ApiDocument>();

/** @param api the app whose paths start below /api */
export function apiDocument(api: OpenAPIHono<GuardEnv>, version: string): ApiDocument {
  const known = documents.get(api);
  if (known) return known;
  const { paths = {}, ...document } = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Daylight API',
      version,
      description:
        'Everything that the console shows and does. Programs send an API token (Authorization: Bearer ...); browsers a session cookie, and X-CSRF-Token with changes.',
    },
    security: [{ token: [] }, { session: [] }],
  });
  const made = {
    ...document,
    paths: Object.fromEntries(Object.entries(paths).map(([path, operations]) => [`/api${path}`, operations])),
    components: {
      ...document.components,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'daylight' },
      },
    },
  } as unknown as ApiDocument;
  documents.set(api, made);
  return made;
}
