// What models cost: dated lists of prices as people write them (rules/prices.yml), and the cost of one call by them.
//
// A model is looked up under the name it has, then without what providers put around it: a vendor or region before it, a date or
// version behind it. The first list that is for the provider and knows the model has the price; in it exact names win over patterns
// (`name*`), longer patterns over shorter ones. Discounts, batches and surcharges for long prompts are not known here.

import { z } from 'zod';
import type { Usage } from './model-answer.ts';

const amount = z.number().min(0).max(100_000);

/** US dollars per million tokens. */
const price = z.strictObject({
  input: amount,
  output: amount.default(0),
  /** Input read from a cache; as other input if absent. */
  cached: amount.optional(),
  /** Input written to a cache; as other input if absent. */
  cacheWrite: amount.optional(),
});

const list = z.strictObject({
  source: z.url('must be the URL of the price list'),
  asOf: z.iso.date('must be a date such as 2026-07-24'),
  /** Providers (docs/reference/llm-prices.md) that these prices are for; all if absent. */
  providers: z.array(z.string().min(1)).min(1, 'is empty; remove the key to mean all').optional(),
  models: z
    .record(z.string().regex(/^[^*\sA-Z]+\*?$/, 'must be the name of a model in small letters, or `name*`'), price)
    .refine((models) => Object.keys(models).length > 0, 'is empty; remove the list'),
});

export const pricesSchema = z.strictObject({
  /** Events hold dollars; convert before writing. */
  currency: z.literal('USD', { error: 'must be USD; convert the prices' }).default('USD'),
  lists: z.array(list).default([]),
});

export type Price = z.infer<typeof price>;
export type Prices = z.infer<typeof pricesSchema>;

/** @returns the price of a model at a provider, undefined if there is none. */
export type PriceOf = (provider: string, model: string) => Price | undefined;

const MAX_KNOWN = 1_000;

/** The prices of the first list that is for the provider and knows the model. */
export function compilePrices({ lists }: Prices): PriceOf {
  const known = new Map<string, Price | undefined>();
  const look = (provider: string, model: string): Price | undefined => {
    const names = namesOf(model);
    for (const { providers, models } of lists) {
      const found = providers === undefined || providers.includes(provider) ? find(models, names) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return (provider, model) => {
    const id = `${provider}\n${model}`;
    if (known.has(id)) return known.get(id);
    const found = look(provider, model);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(id, found);
    return found;
  };
}

function find(models: Readonly<Record<string, Price>>, names: readonly string[]): Price | undefined {
  for (const name of names) if (Object.hasOwn(models, name)) return models[name];
  const patterns = Object.keys(models).filter(
    (name) => name.endsWith('*') && names.some((each) => each.startsWith(name.slice(0, -1))),
  );
  const longest = patterns.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : models[longest];
}

/** The names under which a model is looked up, as it is called first. */
function namesOf(model: string): string[] {
  const whole = model.toLowerCase();
  const bare = whole
    .slice(whole.lastIndexOf('/') + 1)
    .replace(/^(?:us|eu|apac|jp|au|ca|global|us-gov)\./, '')
    .replace(/^(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|writer)\./, '');
  const plain = bare.replace(/-v\d+(?::\d+)?$/, '').replace(/[-@](?:\d{4}-\d{2}-\d{2}|\d{8})$/, '');
  return [...new Set([whole, bare, plain])];
}

/** US dollars with nine decimals. */
export function costOf({ input, output, cached, cacheWrite }: Usage, price: Price): string {
  const other = Math.max(0, input - cached - cacheWrite);
  const sum =
    other * price.input +
    cached * (price.cached ?? price.input) +
    cacheWrite * (price.cacheWrite ?? price.input) +
    output * price.output;
  return (sum / 1_000_000).toFixed(9);
}
