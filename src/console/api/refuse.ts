// How the API says no: one shape for every refusal, `{ "error": { "code", "message", "field"? } }`.

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface Refusal {
  /** For programs: lower-case words, e.g. `not-signed-in`. Stays the same when the sentence changes. */
  code: string;
  /** For people: what is wrong, and what to do. */
  message: string;
  /** Which part of the request it is about. */
  field?: string;
  /** Where in the text of the field, counted from 0. */
  position?: number;
  /** Of what is there now, where it has changed meanwhile. */
  etag?: string;
}

export function refuse<S extends ContentfulStatusCode>(context: Context, status: S, error: Refusal) {
  return context.json({ error }, status);
}
