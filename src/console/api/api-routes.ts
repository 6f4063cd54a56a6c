// What the routes of every area begin with: bad input is refused naming the field, and a fault is told to the log, not to the caller.

import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { Role } from '../../account.ts';
import { DaylightError } from '../../errors.ts';
import { type GuardEnv, requireRole } from './guard.ts';
import { ApiProblem } from './problem.ts';
import { type Refusal, refuse } from './refuse.ts';
import { refusalShape } from './shapes/paging.ts';

/** @param onFault told of what was not foreseen */
export function apiRoutes(onFault: (error: Error) => void): OpenAPIHono<GuardEnv> {
  const app = new OpenAPIHono<GuardEnv>({
    defaultHook(result, context) {
      if (result.success) return;
      return refuse(context, 400, refusalOf(result.error.issues[0]));
    },
  });
  app.onError((error, context) => {
    if (error instanceof HTTPException)
      return refuse(context, error.status as ContentfulStatusCode, {
        code: 'invalid',
        message: error.message || 'This request is not valid.',
      });
    if (error instanceof ApiProblem) return refuse(context, error.status, error.refusal);
    const code = error instanceof DaylightError ? error.code : undefined;
    if (code === 'ERR_USAGE') return refuse(context, 400, { code: 'invalid', message: error.message });
    if (code === 'ERR_POLICY_INVALID') return refuse(context, 400, { code, message: error.message });
    onFault(error);
    if (code === 'ERR_NOT_RUNNING' || code === 'ERR_STORE')
      return refuse(context, 503, { code, message: 'The event store does not answer. Events are kept meanwhile; try again.' });
    return refuse(context, 500, { code: 'fault', message: 'Something went wrong. The log of the appliance says what.' });
  });
  return app;
}

/** The first thing that is wrong; of a union, what is wrong with the branch that was meant. */
function refusalOf(issue: z.core.$ZodIssue | undefined): Refusal {
  const code = 'invalid';
  if (issue === undefined) return { code, message: 'This request is not valid.' };
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((errors) => errors.some(({ path }) => path.length > 0));
    const [inner] = branch ?? [];
    if (inner) return refusalOf({ ...inner, path: [...issue.path, ...inner.path] });
  }
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...key].map(String).join('.');
  if (field === '') return { code, message: `This request: ${issue.message}` };
  return { code, message: `${field}: ${key.length > 0 ? 'there is no such field' : issue.message}`, field };
}

/** An answer of a route, for its description. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** An answer that is no single piece of JSON. */
export function streamed(description: string, ...types: string[]): { description: string } {
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));
  return { description, ...{ content } };
}

/** The body that a route takes. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** Who may use a route: checked before the request is read, and written into its description. */
export function needs<R extends Role>(role: R) {
  return { middleware: requireRole(role), 'x-role': role };
}

/** No, as `refuse` says it. */
export const no = (description: string) => json(description, refusalShape);
