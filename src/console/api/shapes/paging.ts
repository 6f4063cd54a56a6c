// What many answers of the API share: refusals, pages of lists, counts over time.

import { z } from 'zod';
import { TRAFFIC } from '../../../engine/verdict.ts';

/** Every refusal: `{ error }`. */
export const refusalShape = z.object({
  error: z.object({
    code: z.string().meta({ description: 'For programs; stays the same when the sentence changes.' }),
    message: z.string().meta({ description: 'For people: what is wrong, and what to do.' }),
    field: z.string().optional().meta({ description: 'The part of the request that it is about.' }),
    position: z.int().optional().meta({ description: 'Character of that part, from 0.' }),
    etag: z.string().optional().meta({ description: 'With 412: of what is there now.' }),
  }),
});

/** One page of a list; `next` is the cursor of the next one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** Epoch milliseconds. */
export const time = z.number();
export const count = z.number();
export const trafficShape = z.enum(TRAFFIC);
export const modeShape = z.enum(['off', 'log', 'block']);

/** How much of a server's or a user's traffic, by time. */
export const useOverTime = z.array(z.object({ t: time, n: count, blocked: count }));

export interface Page<Item> {
  items: Item[];
  next: string | null;
}
export type Refused = z.infer<typeof refusalShape>;
