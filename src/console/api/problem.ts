// A request that cannot be done, with the answer for it: thrown inside routes, told by api-routes.ts.

import type { Refusal } from './refuse.ts';

export type ProblemStatus = 400 | 403 | 404 | 409 | 412 | 413 | 428 | 429 | 503;

export class ApiProblem extends Error {
  readonly status: ProblemStatus;
  readonly refusal: Refusal;

  constructor(status: ProblemStatus, refusal: Refusal) {
    super(refusal.message);
    this.name = 'ApiProblem';
    this.status = status;
    this.refusal = refusal;
  }
}

export function notFound(what: string, id: string): ApiProblem {
  return new ApiProblem(404, { code: 'not-found', message: `There is no ${what} ${JSON.stringify(id.slice(0, 200))}.` });
}
