// What a reading route is about: the span of time and the filter of its query, and where in a list it goes on.
//
// Times are epoch milliseconds, spans such as 24h, or dates. They are widened to whole seconds, so that dashboards that ask for the
// same at nearly the same moment ask the same.

import { z } from 'zod';
import { MAX_LENGTH, parseFilter } from '../../engine/filter/parse.ts';
import { FilterProblem } from '../../engine/filter/problem.ts';
import type { FilterTree } from '../../engine/filter/tree.ts';
import { timeOf } from '../../engine/time.ts';
import { ApiProblem } from './problem.ts';

export interface Scope {
  /** Epoch milliseconds; `to` is excluded. */
  from: number;
  to: number;
  filter: FilterTree;
  /** As it was written: the same text means the same. */
  filterText: string;
}

const moment = z.string().max(40).optional();

export const scopeQuery = z.object({
  from: moment.meta({ description: 'Epoch milliseconds, a span such as 24h, or a date. Default: 24h before `to`.' }),
  to: moment.meta({ description: 'The same, excluded. Default: now.' }),
  filter: z
    .string()
    .max(4 * MAX_LENGTH)
    .default('')
    .meta({ description: 'The query language, docs/reference/query-language.md. Default: everything.' }),
});

const MAX_PAGE = 500;

export const pageQuery = scopeQuery.extend({
  limit: z.coerce.number(`must be a whole number from 1 to ${MAX_PAGE}`).int().min(1).max(MAX_PAGE).default(100),
  cursor: z.string().max(1_000).optional().meta({ description: '`next` of the page before.' }),
});

const DAY = 86_400_000;
const SECOND = 1_000;
const LATEST = Date.UTC(2200, 0, 1);

/** @throws ApiProblem that names the parameter, and the place in a filter */
export function scopeOf(query: z.output<typeof scopeQuery>, now: number): Scope {
  const to = query.to === undefined ? now : momentOf(query.to, 'to', now, 'end');
  const from = query.from === undefined ? to - DAY : momentOf(query.from, 'from', now);
  if (from >= to) {
    const message = `from: must be before to (${new Date(from).toISOString()} is not before ${new Date(to).toISOString()})`;
    throw new ApiProblem(400, { code: 'invalid', message, field: 'from' });
  }
  return {
    from: Math.max(0, Math.floor(from / SECOND) * SECOND),
    to: Math.ceil(to / SECOND) * SECOND,
    filter: filterOf(query.filter, now),
    filterText: query.filter.trim(),
  };
}

/** @throws ApiProblem with the position of what is wrong */
export function filterOf(text: string, now: number): FilterTree {
  try {
    return parseFilter(text, { now });
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    const { message, position } = error;
    throw new ApiProblem(400, { code: 'ERR_FILTER', message, field: 'filter', position });
  }
}

/** @param value epoch milliseconds, as a number or as text; a span; a date @throws ApiProblem */
export function momentOf(value: string | number, field: string, now: number, edge: 'start' | 'end' = 'start'): number {
  const text = String(value).trim();
  const at = /^\d{1,15}(\.\d+)?$/.test(text) ? Math.trunc(Number(text)) : timeOf(text, now, edge);
  if (at !== undefined && at >= 0 && at < LATEST) return at;
  const message = `${field}: ${JSON.stringify(text.slice(0, 40))} is no time; write epoch milliseconds, a span such as 24h, or a date such as 2026-11-01`;
  throw new ApiProblem(400, { code: 'invalid', message, field });
}

/** A cursor for the list to go on after this position. */
export function cursorOf(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws ApiProblem for what no answer gave out */
export function positionOf<Shape extends z.ZodType>(cursor: string | undefined, shape: Shape): z.output<Shape> | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  try {
    const found = shape.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (found.success) return found.data;
  } catch {}
  const message = 'cursor: is none that an answer gave out; begin again without it';
  throw new ApiProblem(400, { code: 'invalid', message, field: 'cursor' });
}

/** A page of a list that was asked for one item more than fits. */
export function pageFrom<Item>(found: readonly Item[], limit: number, position: (item: Item) => unknown) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? cursorOf(position(last)) : null };
}

/**
 * The version that a change builds on; undefined for `*`, any.
 *
 * @param what where the sender finds it
 * @throws ApiProblem 428 if the header is missing
 */
export function etagIn(header: string | undefined, what: string): string | undefined {
  if (header === undefined || header.trim() === '') {
    const message = `If-Match: is missing; send the ${what}, so that nobody else's change is lost`;
    throw new ApiProblem(428, { code: 'if-match', message, field: 'If-Match' });
  }
  const wanted = header.trim().replace(/^W\//, '').replaceAll('"', '');
  return wanted === '*' ? undefined : wanted;
}
