import { describe, expect, it } from 'vitest';
import { compilePrices, costOf, pricesSchema } from '../../../src/engine/calls/prices.ts';
import { loadPrices } from '../../../src/load-prices.ts';

const entry = (models: object, change: object = {}) => ({
  source: 'https://prices.example',
  asOf: '2026-07-24',
  models,
  ...change,
});
const prices = (...lists: object[]) => compilePrices(pricesSchema.parse({ currency: 'USD', lists }));
const usage = { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 };

describe('the price of a model', () => {
  const shipped = compilePrices(loadPrices('rules'));

  it.each([
    ['openai', 'gpt-5.5', 5],
    ['openai', 'gpt-5.5-2026-04-23', 5],
    ['azure', 'GPT-4o', 2.5],
    ['openai', 'gpt-4o-2024-05-13', 5],
    ['anthropic', 'claude-sonnet-4-5-20250929', 3],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3],
    ['bedrock', 'arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-5-20251101-v1:0', 5],
    ['google-vertex', 'claude-opus-4-5@20251101', 5],
    ['google', 'models/gemini-2.5-flash', 0.3],
    ['other', 'openai/gpt-4o-mini', 0.15],
  ])('%s %s', (provider, model, input) => {
    expect(shipped(provider, model)?.input).toBe(input);
  });

  it('is unknown for others, and nothing is guessed from the name', () => {
    for (const model of ['gpt-9', 'gpt-5.5-ultra', 'llama3', '', '__proto__', 'constructor'])
      expect(shipped('openai', model)).toBeUndefined();
    expect(shipped('groq', 'gpt-4o')).toBeUndefined();
  });

  it('comes from the first list that is for the provider; exact names win in it, then longer patterns', () => {
    const of = prices(
      entry({ 'm-1*': { input: 1 }, 'm-*': { input: 2 }, 'm-12': { input: 3 } }, { providers: ['own'] }),
      entry({ 'm-12': { input: 9 }, other: { input: 8 } }),
    );
    expect(['m-12', 'm-13', 'm-2', 'other'].map((model) => of('own', model)?.input)).toEqual([3, 1, 2, 8]);
    expect(of('else', 'm-12')?.input).toBe(9);
  });
});

describe('the cost of a call', () => {
  it('takes cached input for what it costs', () => {
    const price = { input: 3, output: 15, cached: 0.3, cacheWrite: 3.75 };
    expect(costOf({ ...usage, input: 2130, output: 77, cached: 2000, cacheWrite: 100 }, price)).toBe('0.002220000');
  });

  it('takes it as other input where there is no price for it', () => {
    expect(costOf({ ...usage, input: 1_000_000, cached: 400_000 }, { input: 2, output: 0 })).toBe('2.000000000');
  });

  it('is never negative', () => {
    expect(costOf({ ...usage, input: 5, cached: 50 }, { input: 1, output: 1, cached: 0 })).toBe('0.000000000');
  });
});

describe('a price list', () => {
  it.each([
    ['another currency', { currency: 'EUR', lists: [] }],
    ['no source', { lists: [{ asOf: '2026-07-24', models: { m: { input: 1 } } }] }],
    ['no date', { lists: [{ source: 'https://x.example', models: { m: { input: 1 } } }] }],
    ['a negative price', { lists: [entry({ m: { input: -1 } })] }],
    ['a pattern in the middle', { lists: [entry({ 'a*b': { input: 1 } })] }],
    ['no models', { lists: [entry({})] }],
    ['an unknown key', { lists: [entry({ m: { input: 1, outptu: 2 } })] }],
  ])('with %s is refused', (_what, document) => {
    expect(pricesSchema.safeParse(document).success).toBe(false);
  });
});
